"""LeRobot reads and merges sets that Worldproof wrote: tells frames, sums, and what merging kept.

Usage: peer_lerobot.py SET OUT. The set is read frame by frame, then merged with a copy of itself that does not say where it comes
from, as a real set does not, into OUT. Nothing is fetched.
"""

import importlib.util
import os
import sys

# No such package: the caller skips. Whatever else goes wrong is a fault.
if importlib.util.find_spec("lerobot") is None:
    sys.exit(77)
os.environ["HF_HUB_OFFLINE"] = "1"

import shutil
from pathlib import Path

import pandas
from lerobot.datasets.aggregate import aggregate_datasets
from lerobot.datasets.lerobot_dataset import LeRobotDataset

EPISODES = "meta/episodes/chunk-000/file-000.parquet"

root, out = Path(sys.argv[1]), Path(sys.argv[2])
own = LeRobotDataset("worldproof/own", root=root)
state = sum(float(own[at]["observation.state"].sum()) for at in range(own.num_frames))
action = sum(float(own[at]["action"].sum()) for at in range(own.num_frames))

plain = out.with_name("plain")
shutil.copytree(root, plain)
rows = pandas.read_parquet(plain / EPISODES)
rows.drop(columns=[name for name in rows if name.startswith("worldproof/")]).to_parquet(plain / EPISODES)
aggregate_datasets(["worldproof/plain", "worldproof/own"], "worldproof/both", roots=[plain, root], aggr_root=out)
both = LeRobotDataset("worldproof/both", root=out)
print(own.num_episodes, own.num_frames, own.fps, state, action, both.num_frames, own[0]["task"])
