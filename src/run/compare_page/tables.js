// The tables: what a name means, sorting, searching.
(() => {
  const byId = (id) => document.getElementById(id);
  for (const term of document.querySelectorAll('.term')) {
    const open = () => term.classList.remove('shut');
    term.addEventListener('pointerenter', open);
    term.addEventListener('focusin', open);
    // What lies over a table must be put away without moving from it.
    term.addEventListener('keydown', (event) => event.key === 'Escape' && term.classList.add('shut'));
  }
  const table = byId('features');
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => sort(head, column));
  });

  function sort(head, column) {
    const kind = head.dataset.sort;
    const now = head.getAttribute('aria-sort');
    // What matters most comes first: large effects, small chances, names from A.
    const first = kind === 'size' || (kind === 'number' && column !== heads.length - 1) ? 'descending' : 'ascending';
    const wanted = now === 'none' ? first : now === 'ascending' ? 'descending' : 'ascending';
    heads.forEach((one) => one.setAttribute('aria-sort', one === head ? wanted : 'none'));
    const value = (row) => {
      const text = row.cells[column].dataset.v;
      if (kind === 'text') return text;
      return kind === 'size' ? Math.abs(Number(text)) : Number(text);
    };
    const compare = (one, two) => (kind === 'text' ? one.localeCompare(two, 'en', { numeric: true }) : one - two);
    const sign = wanted === 'ascending' ? 1 : -1;
    rows.sort((one, two) => sign * compare(value(one), value(two)));
    table.tBodies[0].append(...rows);
  }

  const search = byId('search');
  const find = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of rows) {
      const name = row.cells[0].dataset.v.toLowerCase();
      row.hidden = !words.every((word) => name.includes(word));
      found += row.hidden ? 0 : 1;
    }
    byId('found').textContent = words.length > 0 ? `${found} of ${rows.length}` : '';
  };
  search.addEventListener('input', find);
  find();
})();
