"""Tiny pictures of odd kinds as another program writes and shows them, for the tests of `src/data`.

    python3 -m venv env && env/bin/pip install pillow
    env/bin/python tests/reference/pictures.py

Writes `pictures/*` beside this file and `pictures/shown.json` with what Pillow shows of each: size and RGB, row by row.
The tests need no Python.
"""

import json
from pathlib import Path

import PIL
from PIL import Image, ImageOps

OUT = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 12, 8


def base():
    """Four flat quarters, so that what JPEG loses stays small, in colours that tell corners apart."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (200, 30, 40))
    picture.paste((20, 180, 60), (WIDTH // 2, 0, WIDTH, HEIGHT // 2))
    picture.paste((30, 60, 210), (0, HEIGHT // 2, WIDTH // 2, HEIGHT))
    picture.paste((220, 210, 30), (WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT))
    return picture


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def deep():
    picture = Image.new("I;16", (WIDTH, HEIGHT))
    picture.putdata([257 * 2 * at for at in range(WIDTH * HEIGHT)])
    return picture


def main():
    OUT.mkdir(exist_ok=True)
    for turn in range(1, 9):
        base().save(OUT / f"turned{turn}.jpg", quality=98, subsampling=0, exif=exif(turn))
    base().save(OUT / "turned6.png", exif=exif(6))
    base().convert("L").save(OUT / "grey.png")
    base().convert("L").save(OUT / "grey.jpg", quality=98)
    base().quantize(4).save(OUT / "palette.png")
    base().convert("1").save(OUT / "bits.png")
    base().convert("CMYK").save(OUT / "cmyk.jpg", quality=98)
    clear = base().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((WIDTH, HEIGHT)))
    clear.save(OUT / "alpha.png")
    deep().save(OUT / "deep.png")
    deep().save(OUT / "deep.pgm")
    shown = {}
    for path in sorted(OUT.iterdir()):
        if path.suffix == ".json":
            continue
        picture = ImageOps.exif_transpose(Image.open(path))
        if path.stem == "deep":
            # The upper 8 bits; Pillow's own conversion cuts off at 255 instead.
            values = [picture.getpixel((x, y)) for y in range(picture.height) for x in range(picture.width)]
            picture = Image.frombytes("L", picture.size, bytes(value >> 8 for value in values))
        rgb = picture.convert("RGB")
        shown[path.name] = {"width": rgb.width, "height": rgb.height, "rgb": list(rgb.tobytes())}
    text = json.dumps({"pillow": PIL.__version__, "pictures": shown}, separators=(",", ":"))
    (OUT / "shown.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
