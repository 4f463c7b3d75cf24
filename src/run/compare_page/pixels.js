
'use strict';

// What two pictures' codes say of one another. Codes are RGBA, a byte each, row by row.
const pixels = (() => {
  // Whole numbers, as the program's own histograms take it.
  const luminance = (codes, at) => Math.floor((2126 * codes[at] + 7152 * codes[at + 1] + 722 * codes[at + 2] + 5000) / 10000);

  // Magma (van der Walt and Smith) in Matt Zucker's fit: equal steps look equal, and black is no difference.
  const MAGMA = [
    [-0.002136485, 0.25166055, 8.353717, -27.668734, 52.17614, -50.768524, 18.655706],
    [-0.0007496551, 0.6775232, -3.5777195, 14.264731, -27.943607, 29.046583, -11.489774],
    [-0.0053861277, 2.4940267, 0.3144679, -13.649213, 12.944169, 4.234153, -5.6019616],
  ];
  const colours = Array.from({ length: 256 }, (_, step) => MAGMA.map((fit) => {
    const value = fit.reduceRight((sum, part) => sum * (step / 255) + part, 0);
    return Math.round(Math.min(Math.max(value, 0), 1) * 255);
  }));

  // Each place that both reach, through `put`; how many of them are so many codes apart.
  function compare(a, b, put) {
    const counts = new Array(256).fill(0);
    for (let at = 0; at < a.length; at += 4) {
      // Where only one picture reaches there is nothing to tell.
      if (b[at + 3] === 0) continue;
      const apart = Math.abs(luminance(a, at) - luminance(b, at));
      counts[apart] += 1;
      put(at, apart);
    }
    return counts;
  }

  function difference(a, b, to, { gain, signed }) {
    return compare(a, b, (at) => {
      for (let channel = at; channel < at + 3; channel += 1) {
        const apart = b[channel] - a[channel];
        to[channel] = signed ? 128 + (apart * gain) / 2 : Math.abs(apart) * gain;
      }
      to[at + 3] = 255;
    });
  }

  function heat(a, b, to, top) {
    return compare(a, b, (at, apart) => {
      to.set(colours[Math.min(255, Math.round((apart / top) * 255))], at);
      to[at + 3] = 255;
    });
  }

  function spread(counts) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return 'The pictures have no place in common.';
    const mean = counts.reduce((sum, count, step) => sum + count * step, 0) / total;
    let [most, nearly, seen] = [0, 0, 0];
    counts.forEach((count, step) => {
      if (count > 0) most = step;
      if (seen < total * 0.99) nearly = step;
      seen += count;
    });
    return `Luminance apart: mean ${mean.toFixed(1)}, 99 % within ${nearly}, at most ${most} codes`;
  }

  return { colours, difference, heat, spread };
})();
