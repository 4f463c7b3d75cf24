"""Works every control of a comparison's page in real headless Chromium, and reads what is seen.

    compare_page.py PAGE [--shots FOLDER]

PAGE is the one that `tests/core/compare_page.rs` makes: its first pair is a ramp and the same plus 20, 10, 30; its second is flat
and flagged, the other of half the size; the third's other picture is missing; the fourth is a flagged JPEG pair. What the page
must show is worked out here anew. Ends with 77 where there is no browser; nothing is fetched.
"""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
# A test leaves nothing in the tree.
sys.dont_write_bytecode = True

import plane
from driver import Browser, Missing, equal, near

APART = [20, 10, 30]
HELPERS = """
window.look = (x, y, width, height) => [...document.getElementById('canvas').getContext('2d').getImageData(x, y, width, height).data];
window.codes = async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const own = document.createElement('canvas');
  [own.width, own.height] = [image.naturalWidth, image.naturalHeight];
  own.getContext('2d').drawImage(image, 0, 0);
  return [...own.getContext('2d').getImageData(0, 0, own.width, own.height).data];
};
window.loaded = (pair, side) => document.querySelectorAll(`#pair-${pair} img`)[side].src;
"""


class Page:
    def __init__(self, browser, address):
        self.browser = browser
        self.address = address
        self.run = browser.run

    def open(self, mark="", query=""):
        # Another query is another document: a new fragment alone would only move within the old one.
        self.browser.open("about:blank")
        self.browser.open(f"{self.address}{query}{mark}")
        self.browser.wait("return document.getElementById('canvas').dataset.drawn", "the first pair is drawn")
        self.run(HELPERS)
        self.frame()

    def frame(self):
        """Lets the page draw what was asked for."""
        script = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))"
        self.browser.post("/execute/async", script=script, args=[])

    def go(self, pair, mode):
        self.run(f"location.hash = '#pair={pair}&mode={mode}'")
        drawn = f"return document.getElementById('canvas').dataset.drawn.startsWith('{pair} {mode}')"
        self.browser.wait(drawn, f"pair {pair} as {mode}")
        self.frame()

    def actual(self):
        self.run("document.getElementById('actual').click()")
        self.frame()

    def slide(self, slider, value):
        script = "const it = document.getElementById(arguments[0]); it.value = arguments[1]; it.dispatchEvent(new Event('input', { bubbles: true }))"
        self.run(script, slider, value)
        self.frame()

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def box(self, selector):
        script = "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.left, b.top, b.width, b.height]"
        return self.run(script, selector)

    def hash(self):
        return self.run("return location.hash")

    def stage(self):
        return self.run("const s = document.getElementById('stage'); return [s.clientWidth, s.clientHeight]")

    def middle(self, width, height, part=(0, 1)):
        """Codes of the picture's rectangle at one to one, in the middle of a share of the stage's width."""
        full, tall = self.stage()
        left, wide = part[0] * (full // 2) if part[1] != 1 else 0, full if part[1] == 1 else full // 2
        # Half a pixel goes up, as in the page.
        x, y = int(left + wide / 2 - width / 2 + 0.5), int(tall / 2 - height / 2 + 0.5)
        return self.run("return look(...arguments)", x, y, width, height)

    def picture(self, pair, side):
        script = "const done = arguments[arguments.length - 1]; codes(loaded(arguments[0], arguments[1])).then(done)"
        return self.browser.post("/execute/async", script=script, args=[pair, side])


# ---- what each mode shows ------------------------------------------------------------------------------------------------


def side_by_side_shows_both(page):
    page.go(1, "side")
    page.actual()
    for side in (0, 1):
        near(page.middle(96, 64, (side, 2)), page.picture(1, side), 0, f"side {side}")
    apart = [b - a for a, b in zip(page.picture(1, 0)[:3], page.picture(1, 1)[:3])]
    equal(apart, APART, "the pair's own codes")


def what_is_seen_is_what_was_drawn(page):
    page.go(1, "side")
    page.actual()
    page.run("document.getElementById('stage').scrollIntoView()")
    left, top, _, _ = page.box("#stage")
    full, tall = page.stage()
    scroll = page.run("return [scrollX, scrollY]")
    x, y = left + scroll[0] + round(full // 2 / 2 - 48), top + scroll[1] + round(tall / 2 - 32)
    clip = {"x": x, "y": y, "width": 96, "height": 64, "scale": 1}
    shot = page.browser.cdp("Page.captureScreenshot", format="png", clip=clip)["data"]
    script = "const done = arguments[arguments.length - 1]; codes('data:image/png;base64,' + arguments[0]).then(done)"
    seen = page.browser.post("/execute/async", script=script, args=[shot])
    near(seen, page.picture(1, 0), 1, "a screenshot of the reference")


def wipe_shows_each_on_its_side(page):
    page.go(1, "wipe")
    page.actual()
    one, two, got = page.picture(1, 0), page.picture(1, 1), page.middle(96, 64)
    expected = [(one if at // 4 % 96 < 48 else two)[at] for at in range(len(one))]
    near(got, expected, 0, "half and half")


def the_divider_moves_by_arrows_and_by_hand(page):
    page.go(1, "wipe")
    page.actual()
    page.run("document.getElementById('divider').focus()")
    before = page.middle(96, 64)
    value = lambda: int(page.run("return document.getElementById('divider').getAttribute('aria-valuenow')"))
    equal(value(), 50, "in the middle at first")
    for _ in range(3):
        page.browser.key("ArrowRight")
    page.frame()
    equal(value(), 53, "three presses")
    one, two = page.picture(1, 0), page.picture(1, 1)
    full, _ = page.stage()
    edge = 48 + round(full * 0.53) - round(full * 0.5)
    after = page.middle(96, 64)
    near(after, [(one if at // 4 % 96 < edge else two)[at] for at in range(len(one))], 0, "the divider's place")
    assert after != before, "another picture than before"
    equal(page.hash(), "#pair=1&mode=wipe", "arrows on the divider do not change the pair")
    page.browser.key("End")
    page.frame()
    near(page.middle(96, 64), one, 0, "all the reference")
    page.browser.key("Home")
    page.frame()
    near(page.middle(96, 64), two, 0, "all the other")
    page.browser.key("ArrowRight", "Shift")
    equal(value(), 10, "a large step")
    page.run("document.getElementById('stage').scrollIntoView()")
    left, top, width, height = page.box("#stage")
    page.browser.pointer(("move", left + 0.1 * width, top + height / 2), ("down",), ("move", left + 0.7 * width, top + 40), ("up",))
    page.frame()
    equal(value(), 70, "dragged")
    shown = page.run("return document.getElementById('part-1').getBoundingClientRect().left") - left
    assert abs(shown - 0.7 * width) <= 1, "the other's badge begins at the divider"


def blink_changes_and_pauses(page):
    page.slide("rate", 4)
    page.go(1, "blink")
    page.actual()
    page.run(
        "window.faces = []; const c = document.getElementById('canvas');"
        "window.watch = new MutationObserver(() => faces.push(c.dataset.drawn.slice(-1))); watch.observe(c, { attributes: true })"
    )
    time.sleep(2.2)
    faces = page.run("return faces")
    changes = sum(a != b for a, b in zip(faces, faces[1:]))
    assert 5 <= changes <= 9, f"{changes} changes in 2.2 s at 4 a second"
    page.run("document.getElementById('stage').focus()")
    page.browser.key("Space")
    page.frame()
    face = page.run("return Number(document.getElementById('canvas').dataset.drawn.slice(-1))")
    time.sleep(0.7)
    equal(page.run("return Number(document.getElementById('canvas').dataset.drawn.slice(-1))"), face, "paused")
    near(page.middle(96, 64), page.picture(1, face), 0, "the face that is shown")
    equal(page.run("return [0, 1].map((at) => document.getElementById(`part-${at}`).hidden)"), [face == 1, face == 0], "its own badge")
    page.browser.key("x")
    page.frame()
    near(page.middle(96, 64), page.picture(1, 1 - face), 0, "swapped by hand")
    page.browser.key("Space")
    equal(page.text("#play"), "Pause", "plays again")
    page.browser.media(motion="reduce")
    page.open("#pair=1&mode=blink")
    equal(page.text("#play"), "Play", "who wants less motion starts it himself")
    page.browser.media()


def overlay_goes_from_one_to_the_other(page):
    page.go(1, "overlay")
    page.actual()
    one, two = page.picture(1, 0), page.picture(1, 1)
    for opacity in (0, 100, 50, 25):
        page.slide("opacity", opacity)
        share = opacity / 100
        mixed = [a + (b - a) * share for a, b in zip(one, two)]
        near(page.middle(96, 64), mixed, 0 if opacity in (0, 100) else 1.5, f"opacity {opacity}")
        equal(page.text("#opacity-at"), f"{opacity} %", "told")


def difference_is_the_known_one_times_gain(page):
    page.go(1, "difference")
    page.actual()
    for gain in (1, 4, 32):
        page.slide("gain", gain)
        expected = [min(255, apart * gain) for apart in APART] + [255]
        near(page.middle(96, 64), expected * (96 * 64), 0, f"gain {gain}")
    page.slide("gain", 4)
    page.run("const s = document.getElementById('signed'); s.value = 'signed'; s.dispatchEvent(new Event('change'))")
    page.frame()
    near(page.middle(96, 64), ([128 + apart * 2 for apart in APART] + [255]) * (96 * 64), 0, "signed, gain 4")
    page.run("const s = document.getElementById('signed'); s.value = 'absolute'; s.dispatchEvent(new Event('change'))")
    equal(page.text("#spread"), "Luminance apart: mean 13.6, 99 % within 14, at most 14 codes", "spread")


MAGMA = [
    [-0.002136485, 0.25166055, 8.353717, -27.668734, 52.17614, -50.768524, 18.655706],
    [-0.0007496551, 0.6775232, -3.5777195, 14.264731, -27.943607, 29.046583, -11.489774],
    [-0.0053861277, 2.4940267, 0.3144679, -13.649213, 12.944169, 4.234153, -5.6019616],
]


def magma(share):
    codes = [sum(part * share**power for power, part in enumerate(fit)) for fit in MAGMA]
    return [round(255 * min(max(code, 0), 1)) for code in codes]


def luminance(codes):
    # In whole numbers: halves occur, and must go up.
    return (2126 * codes[0] + 7152 * codes[1] + 722 * codes[2] + 5000) // 10000


def heat_map_has_the_colours_of_its_scale(page):
    page.go(1, "heat")
    page.actual()
    one, two = page.picture(1, 0), page.picture(1, 1)
    for top in (64, 200, 8):
        page.slide("top", top)
        steps = [abs(luminance(one[at : at + 3]) - luminance(two[at : at + 3])) for at in range(0, len(one), 4)]
        expected = [code for step in steps for code in [*magma(min(1, round(255 * step / top) / 255)), 255]]
        near(page.middle(96, 64), expected, 1, f"top {top}")
        equal(page.text("#top-at"), f"{top} or more codes", "the bar's range")
    bar = page.run("const c = document.getElementById('scale'); return [...c.getContext('2d').getImageData(0, 0, 256, 1).data]")
    near(bar[:3] + bar[-4:-1], magma(0) + magma(1), 1, "the bar's ends")
    lightness = [luminance(bar[at : at + 3]) for at in range(0, len(bar), 4)]
    assert all(b - a > -1.01 for a, b in zip(lightness, lightness[1:])) and lightness[-1] > 220, "grows lighter"


def pictures_of_two_sizes_are_compared_place_by_place(page):
    page.go(2, "difference")
    page.actual()
    page.slide("gain", 4)
    near(page.middle(96, 64), [80, 120, 0, 255] * (96 * 64), 0, "difference")
    page.go(2, "side")
    page.actual()
    near(page.middle(96, 64, (1, 2)), [180, 130, 50, 255] * (96 * 64), 0, "as large as the reference")


def what_cannot_be_read_says_so(page):
    for mode in ("side", "wipe", "overlay", "difference", "heat"):
        page.go(3, mode)
        equal(page.text("#part-1 .missing"), "video.mp4 ends <within> this frame.", mode)
        seen = page.run("return getComputedStyle(document.querySelector('#part-1 .missing')).display")
        assert seen != "none", f"{mode}: seen"
        equal(page.run("return document.querySelector('#part-0 .missing').hidden"), True, "the other side is there")
    page.go(3, "side")
    page.actual()
    near(page.middle(96, 64, (0, 2)), page.picture(3, 0), 0, "the side that can be read")


def screens_of_two_pixels_a_point_stay_sharp(page):
    page.browser.shape(1000, 800, 2)
    page.open("#pair=1&mode=difference")
    page.slide("gain", 1)
    page.actual()
    full, tall = page.stage()
    got = page.run("return look(...arguments)", round(full - 48), round(tall - 32), 96, 64)
    near(got, [*APART, 255] * (96 * 64), 0, "one to one on a fine screen")
    page.browser.shape(1280, 900)


# ---- zoom, pan, values ---------------------------------------------------------------------------------------------------


def values_zoom_and_pan_are_linked(page):
    page.go(1, "side")
    page.run("document.getElementById('stage').scrollIntoView()")
    page.actual()
    left, top, _, tall = page.box("#stage")
    full, _ = page.stage()
    x, y = left + full // 2 // 2 + 10, top + tall / 2 + 5
    page.browser.pointer(("move", x, y))
    page.frame()
    told = page.text(".readout").split()
    u, v = int(told[1]), int(told[3])
    assert abs(u - 58) <= 1 and abs(v - 37) <= 1, f"where the pointer is: {told}"
    equal(told[4:], ["REAL", f"{u}", f"{2 * v}", "40", "SYNTHETIC", f"{u + 20}", f"{2 * v + 10}", "70", "difference", "+20", "+10", "+30"], "values")
    page.browser.pointer(("move", x + full // 2, y))
    page.frame()
    equal(page.text("#at"), f"x {u}  y {v}", "the same place in the other")
    zoom = lambda: int(page.text("#zoom").split()[0])
    equal(zoom(), 100, "one to one")
    page.browser.wheel(x, y, -240)
    page.frame()
    assert zoom() > 150, "the wheel came nearer"
    page.browser.pointer(("move", x, y))
    page.frame()

    def stays(what):
        # Pictures begin at whole pixels of the screen, which are half a picture pixel by now.
        now = page.text("#at").split()
        assert abs(int(now[1]) - u) <= 1 and abs(int(now[3]) - v) <= 1, f"{what}: {now}, was {u} {v}"

    stays("what the pointer was on stays there")
    page.browser.pointer(("move", x, y), ("down",), ("move", x - 60, y - 40), ("up",))
    page.frame()
    stays("what was taken hold of comes along")
    held = zoom()
    page.browser.key("ArrowRight")
    page.browser.wait("return document.getElementById('canvas').dataset.drawn.startsWith('2 ')", "the next pair")
    equal(zoom(), held, "another pair at the same zoom")
    page.browser.pointer(("down",), ("up",), ("down",), ("up",))
    page.frame()
    full, tall = page.stage()
    equal(zoom(), round(100 * min(full // 2 / 96, tall / 64)), "a double click fits")
    page.browser.key("1")
    page.frame()
    equal(zoom(), 100, "by key")
    page.browser.key("f")
    page.frame()
    assert zoom() > 150, "fitted by key"


# ---- which pair, which mode ----------------------------------------------------------------------------------------------


def keys_and_buttons_walk(page):
    page.go(1, "side")
    page.run("document.getElementById('stage').focus()")
    drawn = lambda pair: page.browser.wait(f"return document.getElementById('canvas').dataset.drawn.startsWith('{pair} ')", f"pair {pair}")
    page.browser.key("ArrowRight")
    drawn(2)
    equal(page.hash(), "#pair=2&mode=side", "the address follows")
    equal(page.text("#which"), "Pair 2 of 4", "told")
    equal(page.text("#flag"), 'Flagged: far outside "the" <middle>', "why it is flagged")
    page.browser.key("ArrowLeft")
    drawn(1)
    page.browser.key("ArrowLeft")
    equal(page.run("return document.getElementById('previous').disabled"), True, "nothing before the first")
    page.run("document.getElementById('next').click()")
    drawn(2)
    page.run("document.getElementById('pair-4').focus()")
    page.browser.key("Enter")
    drawn(4)
    equal(page.text("#note"), "Matched by arm_position: 12 mm apart.", "its note")
    equal(page.run("return document.activeElement.id"), "pair-4", "the focus stays in the strip")
    page.browser.key("ArrowLeft")
    drawn(3)
    equal(page.run("return document.activeElement.id"), "pair-3", "and goes along")
    for letter, mode in zip("wbodhs", ("wipe", "blink", "overlay", "difference", "heat", "side")):
        page.browser.key(letter)
        equal(page.hash(), f"#pair=3&mode={mode}", f"key {letter}")
        equal(page.run("return document.querySelector('input[name=mode]:checked').value"), mode, "the chosen mode")
    page.run("document.querySelector('input[name=mode]:checked').focus()")
    page.browser.key("ArrowRight")
    equal(page.hash(), "#pair=3&mode=wipe", "arrows within the modes change the mode")
    page.browser.key("?")
    equal(page.run("return document.getElementById('keys').hidden"), False, "the keys are told")
    page.browser.key("?")


def an_address_brings_back_pair_and_mode(page):
    page.open("#pair=2&mode=heat")
    page.browser.wait("return document.getElementById('canvas').dataset.drawn === '2 heat 0'", "as the address says")
    for wrong in ("#pair=99&mode=nothing", "#pair=-1", "#pair=1.5", "#<script>", "#mode=%00"):
        page.open(wrong)
        equal(page.run("return document.getElementById('canvas').dataset.drawn"), "1 side 0", wrong)


def flagged_pairs_alone(page):
    page.go(1, "side")
    page.run("document.getElementById('only').click()")
    page.browser.wait("return document.getElementById('canvas').dataset.drawn.startsWith('2 ')", "the nearest flagged one")
    seen = "return [...document.querySelectorAll('.strip li')].map((li) => li.getBoundingClientRect().height > 0)"
    equal(page.run(seen), [False, True, False, True], "the strip")
    equal(page.text("#which"), "Pair 2, 1 of 2 flagged", "told")
    page.run("document.getElementById('next').click()")
    page.browser.wait("return document.getElementById('canvas').dataset.drawn.startsWith('4 ')", "the next flagged one")
    equal(page.run("return document.getElementById('next').disabled"), True, "the last")
    page.go(3, "side")
    equal(page.run("return document.getElementById('only').checked"), False, "a link beats the filter")


# ---- tables --------------------------------------------------------------------------------------------------------------


def features_are_sorted_and_searched(page):
    names = lambda: page.run("return [...document.querySelectorAll('#features tbody tr')].filter((r) => !r.hidden).map((r) => r.cells[0].dataset.v)")
    by_effect = ["blockiness", "luminance_r1c2", "luminance_r1c10", "luminance_mean", "edge_share"]
    equal(names(), by_effect, "largest effect first")
    press = lambda column: page.run("document.querySelectorAll('#features thead button')[arguments[0]].click()", column)
    press(0)
    equal(names(), ["blockiness", "edge_share", "luminance_mean", "luminance_r1c2", "luminance_r1c10"], "by name, numbers as numbers")
    press(0)
    equal(names()[0], "luminance_r1c10", "turned round")
    press(9)
    equal(names()[0], "blockiness", "smallest p first")
    press(4)
    equal(names()[:2], ["blockiness", "luminance_r1c2"], "largest delta first, whatever its sign")
    sorts = page.run("return [...document.querySelectorAll('#features th[scope=col]')].map((th) => th.getAttribute('aria-sort'))")
    equal(sorts, ["none"] * 4 + ["descending"] + ["none"] * 5, "told to everyone")
    press(3)
    page.run("document.getElementById('search').focus()")
    for letter in "lum r1":
        page.browser.key("Space" if letter == " " else letter)
    equal(names(), ["luminance_r1c2", "luminance_r1c10"], "both words")
    equal(page.text("#found"), "2 of 5", "how many")
    equal(page.run("return document.getElementById('search').value"), "lum r1", "letters are no commands in the field")


def a_name_says_what_it_means(page):
    page.run("document.activeElement.blur(); document.querySelector('.distances').scrollIntoView({ block: 'center' })")
    seen = "return getComputedStyle(document.querySelector('#about-0')).visibility"
    page.browser.pointer(("move", 2, 2))
    equal(page.run(seen), "hidden", "at first")
    left, top, width, height = page.box(".term button")
    page.browser.pointer(("move", left + width / 2, top + height / 2))
    equal(page.run(seen), "visible", "under the pointer")
    page.browser.pointer(("move", 2, 2))
    page.run("document.querySelector('.term button').focus()")
    equal(page.run(seen), "visible", "with the focus")
    page.browser.key("Escape")
    equal(page.run(seen), "hidden", "put away")
    equal(page.text("#about-0"), "How far both sets lie apart.", "what it says")


# ---- how it looks --------------------------------------------------------------------------------------------------------

MODES = ("side", "wipe", "blink", "overlay", "difference", "heat")


def narrow_screens_do_not_overflow(page):
    for width in (400, 320):
        page.browser.shape(width, 800)
        for mode in MODES:
            page.go(2, mode)
            over = page.run("return document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, f"{mode} at {width} px is {over} px too wide"
    page.browser.shape(400, 800)
    page.go(1, "side")
    tops = page.run("return [0, 1].map((at) => document.getElementById(`part-${at}`).getBoundingClientRect().top)")
    assert tops[1] > tops[0] + 100, "one picture above the other"
    page.browser.shape(1280, 900)


def both_schemes_apply_and_text_can_be_read(page):
    def bright(colour):
        parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    grounds = []
    for scheme in ("light", "dark"):
        page.browser.media(scheme)
        ground = page.run("return getComputedStyle(document.body).backgroundColor")
        grounds.append(bright(ground))
        for selector in ("h1", ".soft", "tr.quiet td", "thead th", ".badge.real", ".badge.synthetic", "input[name=mode]:checked + span"):
            text, own = page.run("const s = getComputedStyle(document.querySelector(arguments[0])); return [s.color, s.backgroundColor]", selector)
            back = ground if own == "rgba(0, 0, 0, 0)" else own
            low, high = sorted((bright(text), bright(back)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{selector} in {scheme}: {text} on {back}"
    assert grounds[0] > 0.8 and grounds[1] < 0.03, f"light and dark: {grounds}"
    page.browser.media()


def badges_stand_on_every_picture(page):
    words = page.run("return [...document.querySelectorAll('.strip figure')].map((f) => f.querySelector('.badge').textContent)")
    equal(words, ["REAL", "SYNTHETIC"] * 4, "the strip")
    for mode in MODES:
        page.go(1, mode)
        seen = page.run(
            "return [...document.querySelectorAll('#stage .part:not([hidden]) .badge')].map((b) => {"
            "const r = b.getBoundingClientRect(); const s = document.getElementById('stage').getBoundingClientRect();"
            "return r.width > 30 && r.height > 15 && r.left >= s.left && r.right <= s.right && r.top >= s.top ? b.textContent : 'unseen'; })"
        )
        expected = [["REAL"], ["SYNTHETIC"]] if mode == "blink" else [["REAL", "SYNTHETIC"]]
        assert seen in expected, f"{mode}: {seen}"


def everything_is_reached_by_keyboard_and_named(page):
    page.open("#pair=2&mode=wipe")
    page.browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    reached = []
    for _ in range(60):
        page.browser.key("Tab")
        name, outline = page.run(
            "const e = document.activeElement; const seen = e.matches('.modes input') ? e.nextElementSibling : e.id === 'divider' ? e.firstElementChild : e;"
            "const s = getComputedStyle(seen); return [e.id || e.value || e.className || e.tagName, s.outlineStyle + ' ' + s.outlineWidth]"
        )
        if name in ("BODY", reached[0] if reached else ""):
            break
        assert outline == "solid 2px", f"the focus on {name} is seen: {outline}"
        reached.append(name)
    for wanted in ("wipe", "zoom-out", "zoom-in", "fit", "actual", "keys-shown", "stage", "divider", "previous", "next", "only", "pair-1", "pair-4", "plane-set-0", "plane-set-1", "plane", "search"):
        assert wanted in reached, f"{wanted} cannot be reached: {reached}"
    nodes = page.browser.cdp("Accessibility.getFullAXTree")["nodes"]
    kinds = {"button", "slider", "radio", "checkbox", "combobox", "searchbox", "link", "image", "region", "table"}
    unnamed = [node["role"]["value"] for node in nodes if not node.get("ignored") and node.get("role", {}).get("value") in kinds - {"table"} and not node.get("name", {}).get("value")]
    equal(unnamed, [], "controls and pictures without a name")


def paper_has_every_pair(page):
    page.go(1, "side")
    page.browser.media("dark", "print")
    page.browser.shape(900, 1200)
    page.frame()
    shown = page.run(
        "return [getComputedStyle(document.getElementById('viewer')).display, [...document.querySelectorAll('.strip img')].map((i) => i.getBoundingClientRect().width > 300),"
        "getComputedStyle(document.getElementById('about-0')).visibility, getComputedStyle(document.body).backgroundColor]"
    )
    equal(shown, ["none", [True] * 7, "visible", "rgb(246, 246, 246)"], "all pairs, what names mean, on white")
    page.browser.media()
    page.browser.shape(1280, 900)


def without_a_script_the_pairs_are_seen(page):
    page.browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.browser.open("about:blank")
        page.browser.open(page.address)
        page.browser.wait("return [...document.querySelectorAll('.strip img')].every((image) => image.complete)", "pictures")
        shown = page.run(
            "return [getComputedStyle(document.getElementById('viewer')).display, [...document.querySelectorAll('.strip img')].map((i) => i.getBoundingClientRect().width > 300),"
            "document.querySelector('noscript').textContent.includes('side by side') && document.querySelector('noscript').getBoundingClientRect().height > 20,"
            "document.querySelector('#plane g[data-side] path').getBoundingClientRect().height > 50, document.getElementById('plane-set-0').disabled,"
            "document.querySelector(document.querySelector('#plane a').getAttribute('href')).id, getComputedStyle(document.getElementById('plane-hint')).display]"
        )
        equal(shown, ["none", [True] * 7, True, True, True, "pair-1", "none"], "side by side, and frames on their plane")
    finally:
        page.browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    page.open()


def names_are_text(page):
    hostile = "light_step against g1 </script><b onclick=\"x()\">&amp;'`<!-- \U0001f9be"
    equal(page.text("h1"), hostile, "heading")
    equal(page.run("return document.title"), hostile, "title")
    equal(page.run("return document.querySelectorAll('bdi b, h1 b, [onclick], [style]:not(.part):not(.divider):not(#plane-tip)').length"), 0, "no element came out of a name")
    equal(page.text("#part-0 bdi"), hostile.removeprefix("light_step against "), "on the picture")
    equal(page.run("return document.getElementById('part-0').getAttribute('style').includes('width')"), True, "the page's own styles are its script's")


CHECKS = [
    side_by_side_shows_both, what_is_seen_is_what_was_drawn, wipe_shows_each_on_its_side, the_divider_moves_by_arrows_and_by_hand,
    blink_changes_and_pauses, overlay_goes_from_one_to_the_other, difference_is_the_known_one_times_gain,
    heat_map_has_the_colours_of_its_scale, pictures_of_two_sizes_are_compared_place_by_place, what_cannot_be_read_says_so,
    screens_of_two_pixels_a_point_stay_sharp, values_zoom_and_pan_are_linked, keys_and_buttons_walk,
    an_address_brings_back_pair_and_mode, flagged_pairs_alone, *plane.CHECKS, features_are_sorted_and_searched, a_name_says_what_it_means,
    narrow_screens_do_not_overflow, both_schemes_apply_and_text_can_be_read, badges_stand_on_every_picture,
    everything_is_reached_by_keyboard_and_named, paper_has_every_pair, without_a_script_the_pairs_are_seen, names_are_text,
]  # fmt: skip


def quiet(browser, address):
    """Nothing was complained of, and nothing was asked of anybody."""
    # Chromium advises against reading canvases as often as this script does.
    spoken = [line["message"] for line in browser.log("browser") if "willReadFrequently" not in line["message"]]
    equal(spoken, [], "the console")
    asked = set()
    for line in browser.log("performance"):
        message = json.loads(line["message"])["message"]
        # The browser's own pages ask for things too.
        if message["method"] == "Network.requestWillBeSent" and message["params"]["documentURL"].startswith(address):
            asked.add(message["params"]["request"]["url"].split("#")[0])
    other = [url for url in asked if url != address and not url.startswith(("data:", "about:"))]
    equal(other, [], "loads")
    assert address in asked, "the page's own load was seen, so others would have been"


def policy_holds(browser):
    """The page cannot reach out even if it wanted to."""
    script = (
        "const done = arguments[0]; const seen = []; document.addEventListener('securitypolicyviolation', (e) => seen.push(e.effectiveDirective));"
        "new Image().src = 'http://127.0.0.1:9/x.png'; fetch('http://127.0.0.1:9/').catch(() => {});"
        "document.body.setAttribute('onclick', 'window.reached = 1'); document.body.click();"
        "const own = document.createElement('script'); own.textContent = 'window.reached = 1'; document.body.append(own);"
        "setTimeout(() => done([seen.sort(), window.reached === undefined]), 300)"
    )
    equal(browser.post("/execute/async", script=script, args=[]), [["connect-src", "img-src", "script-src-attr", "script-src-elem"], True], "policy")


def shots(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.browser.media(scheme)
        for width, height in ((1440, 900), (400, 800)):
            page.browser.shape(width, height)
            for mode in MODES:
                page.go(1, mode)
                page.browser.screenshot(folder / f"compare_page_{scheme}_{width}_{mode}.png")
    page.browser.media()
    page.browser.shape(1280, 900)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path)
    asked = parser.parse_args()
    address = asked.page.resolve().as_uri()
    try:
        browser = Browser()
    except Missing as missing:
        print(missing)
        return 77
    failed = 0
    with browser:
        print(f"Chromium {browser.version}")
        page = Page(browser, address)
        page.open()
        extra = [(lambda _: quiet(browser, address), "no_complaint_and_no_load"), (lambda _: policy_holds(browser), "the_policy_holds")]
        for check, name in [*[(check, check.__name__) for check in CHECKS], *extra]:
            start = time.monotonic()
            try:
                check(page)
                print(f"ok      {name} ({time.monotonic() - start:.1f} s)")
            except (AssertionError, RuntimeError) as error:
                failed += 1
                print(f"FAILED  {name}: {error}")
        if asked.shots:
            shots(page, asked.shots)
    print(f"{len(CHECKS) + 2 - failed} of {len(CHECKS) + 2} hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
