// Frames on one plane: which mark is looked at, which sets are shown, and the way to a pair.
(() => {
  const byId = (id) => document.getElementById(id);
  const { plane, sides } = JSON.parse(byId('data').textContent);
  const box = byId('plane');
  if (!plane || !box) return;
  // How near the pointer a mark must be, and how much further a ringed one may be, in points.
  const REACH = 20;
  const RING = 6;
  // Of the rings round the marks that are looked at, in points.
  const RADIUS = 8;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const over = byId('plane-over');
  const [line] = over.getElementsByTagName('path');
  const [around, ...ends] = over.getElementsByTagName('circle');
  const tip = byId('plane-tip');
  const buttons = sides.map((_, side) => byId(`plane-set-${side}`));
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const shown = [true, true];
  let looked = null;
  let pair = 0;

  // The places stand in the paths: each path has every so manieth mark of its set.
  const dots = plane.sets.flatMap((set, side) => {
    const episodes = set.episodes.flatMap(([episode, count]) => Array(count).fill(episode));
    const own = set.frames.map((frame, at) => ({ side, episode: episodes[at], frame, x: 0, y: 0, pairs: [] }));
    const paths = [...box.querySelectorAll(`g[data-side="${side}"]`)].map((layer) => layer.querySelector('path').getAttribute('d'));
    paths.forEach((path, from) => [...path.matchAll(/M(\d+) (\d+)/g)].forEach(([, x, y], at) => {
      Object.assign(own[from + at * paths.length], { x: Number(x), y: Number(y) });
    }));
    plane.marks.filter((mark) => mark[1] === side).forEach(([number, , at]) => own[at].pairs.push(number));
    return own;
  });

  const seen = () => dots.filter((dot) => shown[dot.side]);
  // Where it is not laid out, on paper say, it has no width to go by.
  const scale = () => over.clientWidth / over.viewBox.baseVal.width || 1;

  // The nearest mark that is seen; of two that lie close the ringed one, which leads somewhere.
  function nearest(x, y, reach) {
    let best = null;
    let least = reach;
    for (const dot of seen()) {
      const apart = Math.hypot(dot.x - x, dot.y - y) * scale() - (dot.pairs.length > 0 ? RING : 0);
      if (apart < least) [best, least] = [dot, apart];
    }
    return best;
  }

  function under(event) {
    const own = over.getBoundingClientRect();
    return nearest((event.clientX - own.left) / scale(), (event.clientY - own.top) / scale(), REACH);
  }

  // The next one that way: straight on is nearer than aside.
  function beside(from, [dx, dy]) {
    let best = null;
    let least = Infinity;
    for (const dot of seen()) {
      const [x, y] = [dot.x - from.x, dot.y - from.y];
      const ahead = x * dx + y * dy;
      const far = ahead + 3 * Math.abs(x * dy - y * dx);
      if (ahead > 0 && far < least) [best, least] = [dot, far];
    }
    return best || from;
  }

  function ringed(from, by) {
    const all = seen().filter((dot) => dot.pairs.length > 0).sort((one, two) => one.pairs[0] - two.pairs[0] || one.side - two.side);
    const at = all.indexOf(from);
    return all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)] || from;
  }

  // ---- what is seen ----------------------------------------------------------------------------------------------------------

  function ring(circle, dot) {
    circle.toggleAttribute('hidden', !dot);
    if (!dot) return;
    circle.setAttribute('cx', dot.x);
    circle.setAttribute('cy', dot.y);
    circle.setAttribute('r', RADIUS / scale());
  }

  // From ring to ring.
  function between(one, two) {
    const [x, y] = [two.x - one.x, two.y - one.y];
    const share = RADIUS / scale() / Math.hypot(x, y);
    return share < 0.5 ? `M${one.x + x * share} ${one.y + y * share}L${two.x - x * share} ${two.y - y * share}` : '';
  }

  function draw() {
    const two = sides.map((_, side) => dots.find((dot) => dot.side === side && shown[side] && dot.pairs.includes(pair)));
    ends.forEach((circle, side) => ring(circle, two[side]));
    const joined = two.every(Boolean);
    line.toggleAttribute('hidden', !joined);
    if (joined) line.setAttribute('d', between(...two));
    ring(around, looked);
    box.classList.toggle('leads', Boolean(looked && looked.pairs.length > 0));
    tip.hidden = !looked;
    if (looked) tell();
  }

  // Beside its mark, and within the picture.
  function tell() {
    const name = document.createElement('bdi');
    name.textContent = sides[looked.side].name;
    const place = document.createElement('span');
    place.textContent = where(looked);
    const lines = [buttons[looked.side].querySelector('.badge').cloneNode(true), name, place];
    if (looked.pairs.length > 0) {
      const leads = document.createElement('b');
      leads.textContent = pairs(looked);
      lines.push(leads);
    }
    tip.replaceChildren(...lines);
    const [x, y] = [looked.x * scale(), looked.y * scale()];
    const room = box.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(x - tip.offsetWidth / 2, room))}px`;
    tip.style.top = `${y - tip.offsetHeight - 14 >= 0 ? y - tip.offsetHeight - 14 : y + 14}px`;
  }

  const where = (dot) => `episode ${dot.episode}, frame ${dot.frame}`;
  const pairs = (dot) => `${dot.pairs.length > 1 ? 'pairs' : 'pair'} ${dot.pairs.join(', ')}`;

  function look(dot, aloud = false) {
    if (dot !== looked) {
      looked = dot;
      draw();
    }
    if (aloud && dot) {
      const leads = dot.pairs.length > 0 ? `, ${pairs(dot)}: Enter shows it` : '';
      byId('plane-said').textContent = `${sides[dot.side].word} ${sides[dot.side].name}, ${where(dot)}${leads}`;
    }
  }

  // ---- what the hand does ----------------------------------------------------------------------------------------------------

  // A mark of several pairs leads to one after the other.
  function go(dot) {
    const wanted = new URLSearchParams(location.hash.slice(1));
    wanted.set('pair', dot.pairs[(dot.pairs.indexOf(pair) + 1) % dot.pairs.length]);
    location.hash = wanted;
    byId('viewer').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' });
    byId('stage').focus({ preventScroll: true });
  }

  box.addEventListener('pointermove', (event) => look(under(event)));
  box.addEventListener('pointerleave', () => look(null));
  box.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // A reader of screens presses the link itself, which has no place.
    const link = event.detail === 0 && event.target.closest('a');
    const [, side, at] = link ? plane.marks[[...box.querySelectorAll('a')].indexOf(link)] : [];
    const dot = link ? dots.filter((one) => one.side === side)[at] : under(event);
    look(dot);
    if (dot && dot.pairs.length > 0) go(dot);
  });
  box.addEventListener('focus', () => {
    if (box.matches(':focus-visible') && !looked) {
      look(seen().find((dot) => dot.pairs.includes(pair)) || nearest(500, over.viewBox.baseVal.height / 2, Infinity), true);
    }
  });
  box.addEventListener('blur', () => look(null));
  box.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const from = looked || nearest(500, over.viewBox.baseVal.height / 2, Infinity);
    if (!from) return;
    if (event.key in ARROWS) look(beside(from, ARROWS[event.key]), true);
    else if (event.key === 'PageDown' || event.key === 'PageUp') look(ringed(looked, event.key === 'PageDown' ? 1 : -1), true);
    else if (event.key === 'Escape') look(null);
    else if (event.key === 'Enter' && looked && looked.pairs.length > 0) go(looked);
    else return;
    event.preventDefault();
  });

  buttons.forEach((button, side) => {
    button.disabled = false;
    button.addEventListener('click', () => {
      shown[side] = !shown[side];
      // An empty plane shows nothing: who puts away the last set wants the other.
      if (!shown[side]) shown[1 - side] = true;
      buttons.forEach((one, of) => one.setAttribute('aria-pressed', String(shown[of])));
      for (const part of box.querySelectorAll('[data-side]')) part.toggleAttribute('hidden', !shown[part.dataset.side]);
      look(null);
      draw();
    });
  });
  document.addEventListener('pair', (event) => {
    pair = event.detail;
    draw();
  });
  new ResizeObserver(draw).observe(box);
  box.tabIndex = 0;
  box.setAttribute('role', 'application');
})();
