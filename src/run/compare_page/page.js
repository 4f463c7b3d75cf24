// The pictures: which pair, which mode, and what the hand does with them.
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId('data').textContent);
  const pairs = data.pairs;
  document.documentElement.classList.add('js');

  if (pairs.length > 0) pictures();

  function pictures() {
    const MODES = ['side', 'wipe', 'blink', 'overlay', 'difference', 'heat'];
    const WORDS = { side: 'side by side', wipe: 'wipe', blink: 'blink', overlay: 'overlay', difference: 'difference', heat: 'heat map' };
    // Below this width two pictures beside one another are too small to judge.
    const NARROW = 560;
    const stage = byId('stage');
    const canvas = byId('canvas');
    const context = canvas.getContext('2d');
    const divider = byId('divider');
    const parts = [byId('part-0'), byId('part-1')];
    const links = pairs.map((_, at) => byId(`pair-${at + 1}`));
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const state = {
      pair: 0, mode: 'side', fit: true, scale: 1, x: 0, y: 0, wipe: 0.5, face: 0, playing: !still, only: false, pointer: null,
    };
    // The pair that is drawn: it may lag behind the chosen one while its pictures are decoded.
    let shown = { pair: -1, sides: [null, null] };
    let made = null;
    let asked = false;

    // ---- pictures ------------------------------------------------------------------------------------------------------

    // A few pairs stay decoded: going back and forth must not wait, and a long page must not fill the memory.
    const KEPT = 6;
    const kept = new Map();

    function load(pair) {
      const known = kept.get(pair);
      if (known) {
        kept.delete(pair);
        kept.set(pair, known);
        return known;
      }
      const images = [...links[pair].querySelectorAll('figure')].map((figure) => figure.querySelector('img'));
      const loading = Promise.all(images.map(decode));
      kept.set(pair, loading);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value);
      return loading;
    }

    async function decode(image) {
      if (!image) return null;
      try {
        await image.decode();
      } catch {
        return null;
      }
      const own = document.createElement('canvas');
      own.width = image.naturalWidth;
      own.height = image.naturalHeight;
      const drawn = own.getContext('2d', { willReadFrequently: true });
      drawn.drawImage(image, 0, 0);
      return { width: own.width, height: own.height, canvas: own, codes: drawn.getImageData(0, 0, own.width, own.height).data };
    }

    // What both pictures are laid out in: the reference's pixels, or the other's where it has none.
    function space() {
      return shown.sides[0] || shown.sides[1] || { width: 4, height: 3 };
    }

    // Where a picture lies in it: as large as fits, so that another size of the same view is compared place by place.
    function place(picture) {
      const { width, height } = space();
      const scale = Math.min(width / picture.width, height / picture.height);
      return { scale, x: (width - picture.width * scale) / 2, y: (height - picture.height * scale) / 2 };
    }

    function code(side, u, v) {
      const picture = shown.sides[side];
      if (!picture) return null;
      const lies = place(picture);
      const x = Math.floor((u - lies.x) / lies.scale);
      const y = Math.floor((v - lies.y) / lies.scale);
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return null;
      const at = (y * picture.width + x) * 4;
      return [picture.codes[at], picture.codes[at + 1], picture.codes[at + 2]];
    }

    // ---- difference and heat map ---------------------------------------------------------------------------------------

    // The other's codes in the reference's pixels.
    function aligned(picture, { width, height }) {
      if (picture.width === width && picture.height === height) return picture.codes;
      const own = document.createElement('canvas');
      own.width = width;
      own.height = height;
      const drawn = own.getContext('2d', { willReadFrequently: true });
      drawn.imageSmoothingQuality = 'high';
      const lies = place(picture);
      drawn.drawImage(picture.canvas, lies.x, lies.y, picture.width * lies.scale, picture.height * lies.scale);
      return drawn.getImageData(0, 0, width, height).data;
    }

    function difference() {
      const heat = state.mode === 'heat';
      const setting = heat ? Number(byId('top').value) : Number(byId('gain').value);
      const signed = !heat && byId('signed').value === 'signed';
      const name = [shown.pair, state.mode, setting, signed].join();
      if (made && made.name === name) return made;
      const [one, two] = shown.sides;
      const own = document.createElement('canvas');
      own.width = one.width;
      own.height = one.height;
      const drawn = own.getContext('2d', { willReadFrequently: true });
      const out = drawn.createImageData(one.width, one.height);
      const counts = heat
        ? pixels.heat(one.codes, aligned(two, one), out.data, setting)
        : pixels.difference(one.codes, aligned(two, one), out.data, { gain: setting, signed });
      drawn.putImageData(out, 0, 0);
      made = { name, canvas: own, width: one.width, height: one.height, told: pixels.spread(counts) };
      return made;
    }

    // ---- drawing -------------------------------------------------------------------------------------------------------

    // Where each side is drawn, in points of the stage, and where both are seen through.
    function layout() {
      const [width, height] = [stage.clientWidth, stage.clientHeight];
      const whole = { x: 0, y: 0, width, height };
      if (state.mode === 'side') {
        if (width < NARROW) {
          const half = Math.floor(height / 2);
          return { views: [{ ...whole, height: half }, { x: 0, y: half, width, height: half }], stacked: true };
        }
        const half = Math.floor(width / 2);
        return { views: [{ ...whole, width: half }, { x: half, y: 0, width: half, height }] };
      }
      if (state.mode === 'wipe') {
        const at = Math.round(width * state.wipe);
        return { views: [whole, whole], seen: [{ ...whole, width: at }, { x: at, y: 0, width: width - at, height }] };
      }
      return { views: [whole, whole] };
    }

    function fitting(view) {
      const { width, height } = space();
      return Math.min(view.width / width, view.height / height);
    }

    // Keeps what is looked at within reach.
    function settle() {
      const view = layout().views[0];
      const { width, height } = space();
      const least = fitting(view);
      if (state.fit || !(state.scale > 0)) Object.assign(state, { scale: least, x: width / 2, y: height / 2 });
      state.scale = Math.min(Math.max(state.scale, Math.min(least, 1) / 2), Math.max(64, least));
      state.x = Math.min(Math.max(state.x, 0), width);
      state.y = Math.min(Math.max(state.y, 0), height);
      stage.classList.toggle('closer', !state.fit);
    }

    // Whole screen pixels: at 1:1 a picture's pixel is a screen's pixel, and nothing is blurred.
    function origin(view, ratio) {
      return [
        Math.round((view.x + view.width / 2 - state.x * state.scale) * ratio),
        Math.round((view.y + view.height / 2 - state.y * state.scale) * ratio),
      ];
    }

    function paint(picture, view, seen, ratio, opacity = 1) {
      const lies = place(picture);
      const scale = state.scale * ratio;
      const own = scale * lies.scale;
      const [x, y] = origin(view, ratio);
      context.save();
      context.beginPath();
      context.rect(Math.round(seen.x * ratio), Math.round(seen.y * ratio), Math.round(seen.width * ratio), Math.round(seen.height * ratio));
      context.clip();
      context.globalAlpha = opacity;
      // Pixels that are looked at one by one must not be blurred; smaller ones must not be left out.
      context.imageSmoothingEnabled = own < 1 || (own < 3 && own !== Math.round(own));
      context.imageSmoothingQuality = 'high';
      context.drawImage(picture.canvas, x + lies.x * scale, y + lies.y * scale, picture.width * own, picture.height * own);
      context.restore();
    }

    function draw() {
      asked = false;
      const ratio = window.devicePixelRatio || 1;
      const [width, height] = [Math.round(stage.clientWidth * ratio), Math.round(stage.clientHeight * ratio)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      context.clearRect(0, 0, width, height);
      settle();
      const { views, seen = views, stacked = false } = layout();
      const [one, two] = shown.sides;
      const both = one && two;
      const told = both && (state.mode === 'difference' || state.mode === 'heat') ? difference() : null;
      if (told) {
        paint(told, views[0], views[0], ratio);
      } else if (state.mode === 'blink') {
        if (shown.sides[state.face]) paint(shown.sides[state.face], views[0], views[0], ratio);
      } else {
        if (one) paint(one, views[0], seen[0], ratio);
        if (two) paint(two, views[1], seen[1], ratio, state.mode === 'overlay' ? Number(byId('opacity').value) / 100 : 1);
      }
      dress(seen, stacked);
      read();
      byId('spread').hidden = !told;
      byId('spread').textContent = told ? told.told : '';
      byId('zoom').textContent = `${Math.round(state.scale * ratio * 100)} %`;
      canvas.dataset.drawn = [shown.pair + 1, state.mode, state.face].join(' ');
    }

    // A sentence whose names between backticks stand in the face of names.
    function say(element, text) {
      const all = text.split('`').map((part, at) => {
        if (at % 2 === 0) return part;
        const name = document.createElement('code');
        name.textContent = part;
        return name;
      });
      element.replaceChildren(...(all.length % 2 === 1 ? all : [text]));
    }

    function ask() {
      if (asked) return;
      asked = true;
      requestAnimationFrame(draw);
    }

    // Badge, caption and what is missing, over the part of the stage that a side has.
    function dress(seen, stacked) {
      const single = state.mode === 'overlay' || state.mode === 'difference' || state.mode === 'heat';
      const [width, height] = [stage.clientWidth, stage.clientHeight];
      parts.forEach((part, at) => {
        let own = seen[at];
        // Both names stand over a picture that is made of both.
        if (single) own = { x: at * Math.floor(width / 2), y: 0, width: Math.floor(width / 2), height };
        part.hidden = state.mode === 'blink' && at !== state.face;
        part.className = ['part', at === 1 && single ? 'right' : '', at === 1 && state.mode === 'side' ? (stacked ? 'below' : 'beside') : ''].join(' ').trim();
        Object.assign(part.style, { left: `${own.x}px`, top: `${own.y}px`, width: `${own.width}px`, height: `${own.height}px` });
        const side = shown.pair < 0 ? null : pairs[shown.pair].sides[at];
        part.querySelector('.caption').textContent = side ? side.caption : '';
        const missing = part.querySelector('.missing');
        missing.hidden = !side || Boolean(shown.sides[at]);
        if (!missing.hidden) say(missing, side.missing || 'The browser cannot show this picture.');
      });
      divider.hidden = state.mode !== 'wipe';
      divider.style.left = `${seen[0].width}px`;
    }

    // ---- values under the pointer --------------------------------------------------------------------------------------

    function read() {
      const { views } = layout();
      const { width, height } = space();
      const point = state.pointer || { x: views[0].x + views[0].width / 2, y: views[0].y + views[0].height / 2 };
      const view = views.find((one) => point.x >= one.x && point.x < one.x + one.width && point.y >= one.y && point.y < one.y + one.height) || views[0];
      // From where the picture was drawn, so that the value is that of the pixel that is seen.
      const ratio = window.devicePixelRatio || 1;
      const [u, v] = origin(view, ratio).map((from, axis) => ((axis ? point.y : point.x) * ratio - from) / (state.scale * ratio));
      const within = u >= 0 && v >= 0 && u < width && v < height && shown.pair >= 0;
      const codes = [0, 1].map((side) => (within ? code(side, u, v) : null));
      const column = (value) => String(value).padStart(3, ' ');
      byId('at').textContent = within ? `${state.pointer ? '' : 'centre  '}x ${Math.floor(u)}  y ${Math.floor(v)}` : '';
      codes.forEach((triple, side) => {
        byId(`value-${side}`).textContent = triple ? `${data.sides[side].word} ${triple.map(column).join(' ')}` : '';
      });
      const apart = codes[0] && codes[1] ? codes[1].map((value, at) => value - codes[0][at]) : null;
      const signed = (value) => `${value > 0 ? '+' : value < 0 ? '−' : ' '}${Math.abs(value)}`.padStart(4, ' ');
      byId('value-2').textContent = apart ? `difference ${apart.map(signed).join(' ')}` : '';
    }

    // ---- zoom and pan --------------------------------------------------------------------------------------------------

    function zoom(factor, point) {
      settle();
      const { views } = layout();
      const at = point || { x: views[0].x + views[0].width / 2, y: views[0].y + views[0].height / 2 };
      const view = views.find((one) => at.x >= one.x && at.x < one.x + one.width && at.y >= one.y && at.y < one.y + one.height) || views[0];
      const [dx, dy] = [at.x - view.x - view.width / 2, at.y - view.y - view.height / 2];
      const before = state.scale;
      const [u, v] = [state.x + dx / before, state.y + dy / before];
      state.fit = false;
      state.scale = before * factor;
      settle();
      Object.assign(state, { x: u - dx / state.scale, y: v - dy / state.scale });
      ask();
    }

    function pan(dx, dy) {
      settle();
      state.fit = false;
      Object.assign(state, { x: state.x - dx / state.scale, y: state.y - dy / state.scale });
      ask();
    }

    function fit() {
      state.fit = true;
      ask();
    }

    function actual() {
      settle();
      state.fit = false;
      state.scale = 1 / (window.devicePixelRatio || 1);
      ask();
    }

    const within = (event) => {
      const box = stage.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };

    const fingers = new Map();
    stage.addEventListener('wheel', (event) => {
      event.preventDefault();
      // Lines and pages of wheels that do not count in pixels.
      const step = event.deltaY * [1, 16, 400][event.deltaMode];
      zoom(Math.exp(-Math.min(Math.max(step, -240), 240) / 400), within(event));
    }, { passive: false });
    stage.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || divider.contains(event.target)) return;
      fingers.set(event.pointerId, within(event));
      // A finger that scrolls the page must stay the page's.
      if (event.pointerType !== 'touch' || !state.fit) stage.setPointerCapture(event.pointerId);
      stage.classList.add('held');
    });
    stage.addEventListener('pointermove', (event) => {
      const now = within(event);
      state.pointer = now;
      const before = fingers.get(event.pointerId);
      if (before) {
        const other = [...fingers].find(([id]) => id !== event.pointerId);
        if (other) {
          const apart = (point) => Math.hypot(point.x - other[1].x, point.y - other[1].y);
          zoom(Math.max(apart(now), 1) / Math.max(apart(before), 1), other[1]);
        } else if (Math.hypot(now.x - before.x, now.y - before.y) > 0) {
          pan(now.x - before.x, now.y - before.y);
        }
        fingers.set(event.pointerId, now);
      }
      read();
    });
    const released = (event) => {
      fingers.delete(event.pointerId);
      if (fingers.size === 0) stage.classList.remove('held');
    };
    stage.addEventListener('pointerup', released);
    stage.addEventListener('pointercancel', released);
    stage.addEventListener('pointerleave', () => {
      state.pointer = null;
      read();
    });
    stage.addEventListener('dblclick', fit);

    // ---- wipe ----------------------------------------------------------------------------------------------------------

    function wipe(share) {
      state.wipe = Math.min(Math.max(share, 0), 1);
      const percent = Math.round(state.wipe * 100);
      divider.setAttribute('aria-valuenow', String(percent));
      divider.setAttribute('aria-valuetext', `${percent} % of the width shows ${data.sides[0].name}`);
      byId('wipe-at').textContent = `${percent} %`;
      ask();
    }
    divider.addEventListener('pointerdown', (event) => {
      divider.setPointerCapture(event.pointerId);
      event.preventDefault();
      divider.focus({ preventScroll: true });
    });
    divider.addEventListener('pointermove', (event) => {
      if (divider.hasPointerCapture(event.pointerId)) wipe(within(event).x / stage.clientWidth);
    });
    divider.addEventListener('dblclick', (event) => {
      event.stopPropagation();
      wipe(0.5);
    });
    divider.addEventListener('keydown', (event) => {
      const step = event.shiftKey ? 0.1 : 0.01;
      const to = {
        ArrowLeft: state.wipe - step, ArrowDown: state.wipe - step, ArrowRight: state.wipe + step, ArrowUp: state.wipe + step,
        PageDown: state.wipe - 0.1, PageUp: state.wipe + 0.1, Home: 0, End: 1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      wipe(to);
    });

    // ---- blink ---------------------------------------------------------------------------------------------------------

    let clock = 0;
    function beat() {
      clearTimeout(clock);
      const play = byId('play');
      play.textContent = state.playing ? 'Pause' : 'Play';
      play.setAttribute('aria-pressed', String(state.playing));
      if (state.mode !== 'blink' || !state.playing) return;
      // At most 4 changes are 2 flashes a second: below the 3 that can harm.
      clock = setTimeout(() => {
        state.face = 1 - state.face;
        ask();
        beat();
      }, 1000 / Number(byId('rate').value));
    }
    function play() {
      state.playing = !state.playing;
      beat();
    }
    function swap() {
      state.playing = false;
      state.face = 1 - state.face;
      beat();
      ask();
    }
    byId('play').addEventListener('click', play);
    byId('swap').addEventListener('click', swap);

    // ---- which pair, which mode ----------------------------------------------------------------------------------------

    const reachable = () => pairs.map((_, at) => at).filter((at) => !state.only || pairs[at].flag !== null);

    function note() {
      const address = `#pair=${state.pair + 1}&mode=${state.mode}`;
      try {
        history.replaceState(null, '', address);
      } catch {
        location.hash = address;
      }
    }

    async function go(pair) {
      state.pair = pair;
      document.dispatchEvent(new CustomEvent('pair', { detail: pair + 1 }));
      links.forEach((link, at) => (at === pair ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')));
      const all = reachable();
      const at = all.indexOf(pair);
      byId('which').textContent = state.only ? `Pair ${pair + 1}, ${at + 1} of ${all.length} flagged` : `Pair ${pair + 1} of ${pairs.length}`;
      byId('previous').disabled = at <= 0;
      byId('next').disabled = at < 0 || at === all.length - 1;
      const { flag, note: remark } = pairs[pair];
      byId('flag').hidden = flag === null;
      byId('flag').textContent = flag === null ? '' : `Flagged: ${flag}`;
      byId('note').hidden = remark === null;
      say(byId('note'), remark || '');
      // Only the strip moves: the pictures stay where the eye is.
      const strip = byId('strip');
      const [tile, box] = [links[pair].getBoundingClientRect(), strip.getBoundingClientRect()];
      if (tile.top < box.top) strip.scrollTop += tile.top - box.top - 4;
      if (tile.bottom > box.bottom) strip.scrollTop += tile.bottom - box.bottom + 4;
      describe();
      const sides = await load(pair);
      if (state.pair !== pair) return;
      shown = { pair, sides };
      ask();
      // The next one is ready before it is asked for.
      const next = all[at + 1];
      if (next !== undefined) load(next);
    }

    function step(by) {
      const all = reachable();
      const to = all[all.indexOf(state.pair) + by];
      if (to === undefined) return;
      const follows = links.includes(document.activeElement);
      go(to);
      note();
      if (follows) links[to].focus({ preventScroll: true });
    }

    function mode(wanted) {
      state.mode = wanted;
      state.face = 0;
      document.querySelector(`input[name="mode"][value="${wanted}"]`).checked = true;
      for (const row of byId('options').children) row.hidden = row.dataset.of !== wanted;
      describe();
      beat();
      ask();
    }

    function describe() {
      const [one, two] = pairs[state.pair].sides.map((side, at) => `${data.sides[at].word} ${data.sides[at].name}, ${side.caption}`);
      canvas.setAttribute('aria-label', `Pair ${state.pair + 1}, ${WORDS[state.mode]}: ${one}; ${two}`);
    }

    function restore() {
      const wanted = new URLSearchParams(location.hash.slice(1));
      const pair = Number(wanted.get('pair')) - 1;
      if (MODES.includes(wanted.get('mode'))) mode(wanted.get('mode'));
      if (Number.isInteger(pair) && pair >= 0 && pair < pairs.length) {
        // A link to a pair is followed even where a filter hides it.
        if (state.only && pairs[pair].flag === null) only(false);
        go(pair);
      }
    }

    function only(wanted) {
      state.only = wanted;
      byId('only').checked = wanted;
      links.forEach((link, at) => {
        link.parentElement.hidden = wanted && pairs[at].flag === null;
      });
      const all = reachable();
      const nearest = all.find((at) => at >= state.pair);
      go(nearest === undefined ? all[all.length - 1] : nearest);
    }

    byId('modes').addEventListener('change', (event) => {
      mode(event.target.value);
      note();
    });
    links.forEach((link, at) => link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(at);
      note();
    }));
    if (byId('only')) {
      byId('only').addEventListener('change', (event) => {
        only(event.target.checked);
        note();
      });
    }
    byId('previous').addEventListener('click', () => step(-1));
    byId('next').addEventListener('click', () => step(1));
    byId('zoom-in').addEventListener('click', () => zoom(1.25));
    byId('zoom-out').addEventListener('click', () => zoom(0.8));
    byId('fit').addEventListener('click', fit);
    byId('actual').addEventListener('click', actual);
    byId('keys-shown').addEventListener('click', keys);
    window.addEventListener('hashchange', restore);
    new ResizeObserver(ask).observe(stage);

    const outputs = {
      rate: (value) => `${value} Hz`, opacity: (value) => `${value} %`, gain: (value) => `× ${value}`, top: (value) => `${value} or more codes`,
    };
    for (const [id, words] of Object.entries(outputs)) {
      const changed = () => {
        byId(`${id}-at`).textContent = words(byId(id).value);
        if (id === 'rate') beat();
        ask();
      };
      byId(id).addEventListener('input', changed);
      // A browser may bring back what a slider had before the page was loaded again.
      changed();
    }
    byId('signed').addEventListener('change', ask);

    function keys() {
      const shownNow = byId('keys').hidden;
      byId('keys').hidden = !shownNow;
      byId('keys-shown').setAttribute('aria-expanded', String(shownNow));
    }

    // ---- keys ----------------------------------------------------------------------------------------------------------

    const letters = { s: 'side', w: 'wipe', b: 'blink', o: 'overlay', d: 'difference', h: 'heat' };
    document.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const on = event.target instanceof Element ? event.target : document.body;
      if (on.matches('input[type="search"], select')) return;
      const slides = on.matches('input[type="range"], input[type="radio"]') || on.closest('.scroll');
      const pressed = on.closest('button, a, input[type="checkbox"]');
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const arrow = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
      if (arrow && event.shiftKey && !slides) pan(arrow[0] * 48, arrow[1] * 48);
      else if (arrow && arrow[0] !== 0 && !event.shiftKey && !slides) step(-arrow[0]);
      else if (key in letters) {
        mode(letters[key]);
        note();
      } else if (key === ' ' && state.mode === 'blink' && !pressed) play();
      else if (key === 'x' && state.mode === 'blink') swap();
      else if (key === '+' || key === '=') zoom(1.25);
      else if (key === '-') zoom(0.8);
      else if (key === 'f') fit();
      else if (key === '1') actual();
      else if (key === '?') keys();
      else return;
      event.preventDefault();
    });

    // ---- the beginning -------------------------------------------------------------------------------------------------

    const scale = byId('scale').getContext('2d');
    const ramp = scale.createImageData(256, 1);
    pixels.colours.forEach((colour, at) => ramp.data.set([...colour, 255], at * 4));
    scale.putImageData(ramp, 0, 0);
    wipe(0.5);
    mode('side');
    go(0);
    restore();
  }
})();
