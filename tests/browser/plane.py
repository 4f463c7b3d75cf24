"""Works the plane of frames on a comparison's page; what `tests/core/compare_page.rs` lays on it is worked out here anew."""

from driver import equal, near

REFERENCE, OTHER = 0, 1
# Where the frame of each picture is, by pair and side: the last two pairs have one picture of the other set.
OF_PAIRS = [(0, 4), (11, 15), (22, 26), (33, 26)]


def place(side, frame):
    """Two fields of ten by five frames, one unit apart: 952 for twenty units across, and the same scale up."""
    return 24 + 47.6 * (11 * side + frame % 10), 220 - 47.6 * (frame // 10 - 2)


def seen_at(page, side, frame, off=0):
    """In what is seen."""
    left, top, width, _ = page.box("#plane-over")
    x, y = place(side, frame)
    return left + x * width / 1000 + off, top + y * width / 1000 + off


def bring_plane(page):
    page.browser.pointer(("move", 2, 2))
    page.run("document.activeElement.blur(); document.getElementById('plane').scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.frame()


def point_at(page, side, frame, off=0):
    page.browser.pointer(("move", *seen_at(page, side, frame, off)))
    page.frame()


def frames_lie_on_one_plane(page):
    page.go(1, "side")
    bring_plane(page)
    paths = page.run(
        "return [0, 1].map((side) => [...document.querySelectorAll(`#plane g[data-side='${side}'] path:not(.hole)`)].flatMap((path) =>"
        "[...path.getAttribute('d').matchAll(/M(\\d+) (\\d+)/g)].map((found) => [Number(found[1]), Number(found[2])])))"
    )
    for side in (REFERENCE, OTHER):
        expected = sorted(place(side, frame) for frame in range(50))
        near([part for at in sorted(paths[side]) for part in at], [part for at in expected for part in at], 0.5, f"places of side {side}")
    under = "const at = document.elementFromPoint(...arguments).closest('[data-side]'); return at && [at.tagName, at.dataset.side]"
    for scheme in ("light", "dark"):
        page.browser.media(scheme)
        strokes = page.run("return [0, 1].map((side) => getComputedStyle(document.querySelector(`#plane g[data-side='${side}'] path`)).stroke)")
        blue, orange = ("rgb(0, 114, 178)", "rgb(185, 122, 0)") if scheme == "light" else ("rgb(86, 180, 233)", "rgb(230, 159, 0)")
        equal(strokes, [blue, orange], f"the sets' colours in {scheme}")
        for side, frame in ((REFERENCE, 23), (OTHER, 49)):
            equal(page.run(under, *seen_at(page, side, frame)), ["g", str(side)], "a mark is drawn there")
            equal(page.run(under, *seen_at(page, side, frame, 12)), None, "and nothing beside it")
    page.browser.media()
    equal(page.run(under, *seen_at(page, OTHER, 4)), ["a", "1"], "ringed")
    equal([len(OF_PAIRS) * 2, page.run("return document.querySelectorAll('#plane a').length")], [8, 8], "a ring for every picture")
    told = page.text(".plane-axes")
    assert "Across: 41" in told and "most of all edge_share" in told, f"what places mean: {told}"


def a_mark_tells_its_frame(page):
    bring_plane(page)
    hidden = "return document.getElementById('plane-tip').hidden"
    equal(page.run(hidden), True, "at first")
    point_at(page, OTHER, 37, 5)
    equal(page.text("#plane-tip"), "SYNTHETIClight_stepepisode 0, frame 37", "near a mark")
    point_at(page, REFERENCE, 22, 5)
    told = page.text("#plane-tip")
    assert told.startswith("REALg1 </script>") and told.endswith("episode 7, frame 22pair 3"), f"a ringed one: {told}"
    point_at(page, OTHER, 26)
    equal(page.text("#plane-tip"), "SYNTHETIClight_stepepisode 0, frame 26pairs 3, 4", "one of two pairs")
    for side, frame in ((REFERENCE, 40), (REFERENCE, 0), (OTHER, 49), (OTHER, 9)):
        point_at(page, side, frame)
        tip, box = page.box("#plane-tip"), page.box("#plane")
        assert tip[0] >= box[0] - 1 and tip[0] + tip[2] <= box[0] + box[2] + 1 and tip[1] >= box[1] - 1, f"within the picture: {tip} in {box}"
    page.browser.pointer(("move", 2, 2))
    page.frame()
    equal(page.run(hidden), True, "the pointer is elsewhere")


def sets_are_shown_alone(page):
    bring_plane(page)
    drawn = "return [0, 1].map((side) => [...document.querySelectorAll(`#plane [data-side='${side}']`)].some((part) => part.getBoundingClientRect().height > 0))"
    pressed = "return [0, 1].map((side) => document.getElementById(`plane-set-${side}`).getAttribute('aria-pressed'))"
    press = lambda side: page.run("document.getElementById(`plane-set-${arguments[0]}`).click()", side)
    equal([page.run(drawn), page.run(pressed)], [[True, True], ["true", "true"]], "both at first")
    press(OTHER)
    equal([page.run(drawn), page.run(pressed)], [[True, False], ["true", "false"]], "the reference alone")
    point_at(page, OTHER, 37)
    equal(page.run("return document.getElementById('plane-tip').hidden"), True, "what is not seen is not told")
    press(REFERENCE)
    equal([page.run(drawn), page.run(pressed)], [[False, True], ["false", "true"]], "the last one makes room for the other")
    press(REFERENCE)
    equal([page.run(drawn), page.run(pressed)], [[True, True], ["true", "true"]], "both again")
    text = page.text("#plane-set-0")
    assert text.startswith("REAL g1 </script>") and text.endswith("50 frames"), text


def a_ringed_mark_leads_to_its_pair(page):
    page.browser.media(motion="reduce")
    page.open("#pair=1&mode=wipe")
    drawn = lambda pair: page.browser.wait(f"return document.getElementById('canvas').dataset.drawn.startsWith('{pair} wipe')", f"pair {pair}")
    # A picture of two pairs leads to one after the other.
    for side, frame, pair in ((OTHER, 15, 2), (OTHER, 26, 3), (OTHER, 26, 4), (REFERENCE, 0, 1)):
        bring_plane(page)
        page.browser.pointer(("move", *seen_at(page, side, frame, 3)), ("down",), ("up",))
        drawn(pair)
        equal(page.hash(), f"#pair={pair}&mode=wipe", "the address follows, and the mode stays")
        top = page.box("#viewer")[1]
        assert abs(top) < 40, f"the pictures are seen: {top}"
        equal(page.run("return document.activeElement.id"), "stage", "arrows walk on from there")
    rings = page.run("return [...document.querySelectorAll('#plane-over circle')].slice(1).map((ring) => [ring.getAttribute('cx'), ring.getAttribute('cy')].map(Number))")
    near([part for ring in rings for part in ring], [*place(REFERENCE, 0), *place(OTHER, 4)], 0.5, "the pair that is shown")
    bring_plane(page)
    page.browser.pointer(("move", *seen_at(page, REFERENCE, 24)), ("down",), ("up",))
    equal(page.hash(), "#pair=1&mode=wipe", "another mark leads nowhere")
    page.run("document.getElementById('only').click()")
    drawn(2)
    bring_plane(page)
    page.browser.pointer(("move", *seen_at(page, REFERENCE, 22)), ("down",), ("up",))
    drawn(3)
    equal(page.run("return document.getElementById('only').checked"), False, "it beats the filter")
    page.browser.media()


def the_plane_is_walked_by_keys(page):
    page.open("#pair=1&mode=side")
    bring_plane(page)
    page.run("document.getElementById('plane-set-1').focus()")
    page.browser.key("Tab")
    page.frame()
    equal(page.run("return document.activeElement.id"), "plane", "reached")
    said = lambda: page.text("#plane-said").rsplit(", episode", 1)[-1]
    equal(said(), " 7, frame 0, pair 1: Enter shows it", "it begins at the pair that is shown")
    for key, told in (("ArrowRight", " 7, frame 1"), ("ArrowUp", " 7, frame 11, pair 2: Enter shows it"), ("ArrowLeft", " 7, frame 10"), ("ArrowDown", " 7, frame 0, pair 1: Enter shows it"), ("ArrowLeft", " 7, frame 0, pair 1: Enter shows it")):
        page.browser.key(key)
        equal(said(), told, key)
    equal(page.hash(), "#pair=1&mode=side", "arrows on the plane do not change the pair")
    for key, told in (("PageDown", "light_step, episode 0, frame 4, pair 1"), ("PageDown", "episode 7, frame 11, pair 2"), ("PageUp", "episode 0, frame 4, pair 1"), ("PageDown", "episode 7, frame 11, pair 2")):
        page.browser.key(key)
        assert told in page.text("#plane-said"), f"{key}: {page.text('#plane-said')}, expected {told}"
    page.browser.key("Enter")
    page.browser.wait("return document.getElementById('canvas').dataset.drawn.startsWith('2 ')", "its pair")
    equal(page.run("return document.getElementById('plane-tip').hidden"), True, "the focus is at the pictures")


CHECKS = [frames_lie_on_one_plane, a_mark_tells_its_frame, sets_are_shown_alone, a_ringed_mark_leads_to_its_pair, the_plane_is_walked_by_keys]
