"""The three scenes of `src/world/physics_tests.rs` in MuJoCo, a peer that we compare with and do not depend on.

Prints one line: how far a block falls in half a second, how far one slides down a slope in a second, the angle in degrees at which
sliding starts, and the period of a pendulum in seconds. Needs `pip install mujoco`.
"""

import math

import mujoco

STEP_S = 1.0 / 240.0
GRAVITY = 9.81
OPTION = f'<option timestep="{STEP_S / 4}" gravity="0 0 -{GRAVITY}" cone="elliptic" impratio="100" iterations="200" tolerance="1e-12"/>'


def model(body: str) -> tuple[mujoco.MjModel, mujoco.MjData]:
    made = mujoco.MjModel.from_xml_string(f"<mujoco>{OPTION}<worldbody>{body}</worldbody></mujoco>")
    data = mujoco.MjData(made)
    mujoco.mj_forward(made, data)
    return made, data


def run(made, data, seconds: float):
    for _ in range(round(seconds / made.opt.timestep)):
        mujoco.mj_step(made, data)


def falls_m() -> float:
    made, data = model('<body pos="0 0 50"><freejoint/><geom type="box" size=".1 .1 .05" mass="2"/></body>')
    run(made, data, 0.5)
    return 50.0 - data.qpos[2]


def slides_m(friction: float, slope_rad: float, seconds: float) -> float:
    """How far a block slides in so many seconds, after half a second to settle during which the slope is level."""
    made, data = model(
        f'<geom type="plane" size="50 50 1" friction="{friction} 0 0"/>'
        f'<body pos="0 0 .05"><freejoint/><geom type="box" size=".1 .1 .05" mass="2" friction="{friction} 0 0"/></body>'
    )
    run(made, data, 0.5)
    made.opt.gravity[:] = [GRAVITY * math.sin(slope_rad), 0.0, -GRAVITY * math.cos(slope_rad)]
    start = data.qpos[0]
    run(made, data, seconds)
    return data.qpos[0] - start


def starts_deg(friction: float) -> float:
    """The slope at which a block goes 5 cm in two seconds: its contacts creep a little below that."""
    low, high = 0.0, 80.0
    while high - low > 0.01:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if slides_m(friction, math.radians(middle), 2.0) > 0.05 else (middle, high)
    return 0.5 * (low + high)


def period_s() -> float:
    made, data = model(
        '<body euler="0 5.7295779513 0"><joint type="hinge" axis="0 1 0"/>'
        '<geom type="sphere" pos="0 0 -.8" size=".05" mass="1"/></body>'
    )
    last, passes = data.geom_xpos[0][0], []
    for step in range(40_000):
        mujoco.mj_step(made, data)
        now = data.geom_xpos[0][0]
        if last > 0.0 >= now:
            passes.append((step + last / (last - now)) * made.opt.timestep)
        last = now
    return (passes[-1] - passes[0]) / (len(passes) - 1)


if __name__ == "__main__":
    print(falls_m(), slides_m(0.3, math.radians(25.0), 1.0), starts_deg(0.5), period_s())
