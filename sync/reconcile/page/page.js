(() => {
  'use strict';
  const at = id => document.getElementById(id);
  const form = at('find'), query = at('q'), type = at('type'), none = at('none');
  const ops = [...document.querySelectorAll('.op')];
  const groups = [...document.querySelectorAll('.group')];
  const sections = [...document.querySelectorAll('.ops')];
  const kinds = [...form.querySelectorAll('input[type=checkbox]')];
  if (ops.length < 2) return;
  form.hidden = false;

  // "Ile" finds "Île", "strasse" does not find "straße": marks are dropped, letters stay.
  const fold = s => (/[^\x00-\x7f]/.test(s) ? s.normalize('NFKD').replace(/\p{M}/gu, '') : s).toLowerCase();
  // What can be found is what the plan says: every <bdi>, and the kind.
  let index;
  const texts = () => index ??= ops.map(op => {
    const parts = [op.dataset.kind];
    for (const b of op.getElementsByTagName('bdi')) parts.push(b.textContent);
    return fold(parts.join('\n'));
  });

  const number = new Intl.NumberFormat('en');
  const apply = () => {
    const terms = fold(query.value).split(/\s+/).filter(Boolean);
    const wanted = new Set(kinds.filter(k => k.checked).map(k => k.value));
    const all = terms.length ? texts() : null;
    let shown = 0;
    ops.forEach((op, i) => {
      const fits = wanted.has(op.dataset.kind) && (!type.value || op.dataset.type === type.value) &&
        terms.every(t => all[i].includes(t));
      if (op.hidden === fits) op.hidden = !fits;
      if (fits) shown++;
    });
    for (const g of groups) {
      g.hidden = !g.querySelector(':scope > .op:not([hidden])');
      if (terms.length && !g.hidden) g.open = true;
    }
    for (const s of sections) s.hidden = !s.querySelector('.op:not([hidden])');
    none.hidden = shown > 0;
    at('shown').value = shown === ops.length ? number.format(shown) + ' operations'
      : number.format(shown) + ' of ' + number.format(ops.length);
  };
  let timer;
  const soon = () => { clearTimeout(timer); timer = setTimeout(apply, ops.length > 2000 ? 150 : 0); };
  const reset = () => {
    query.value = ''; type.value = '';
    for (const k of kinds) k.checked = true;
    apply();
  };

  query.addEventListener('focus', () => setTimeout(texts), { once: true }); // ready when the first letter is typed
  query.addEventListener('input', soon);
  form.addEventListener('change', apply);
  form.addEventListener('submit', e => { e.preventDefault(); apply(); });
  at('reset').addEventListener('click', () => { reset(); query.focus(); });
  const openAll = open => {
    for (const g of groups) if (!g.hidden) g.open = open;
    for (const op of ops) if (!op.hidden) op.open = open;
  };
  at('open').addEventListener('click', () => openAll(true));
  at('close').addEventListener('click', () => openAll(false));
  document.addEventListener('keydown', e => {
    const typing = e.target instanceof HTMLInputElement && e.target.type !== 'checkbox' || e.target instanceof HTMLSelectElement;
    if (e.key === '/' && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) { e.preventDefault(); query.focus(); query.select(); }
    if (e.key === 'Escape' && e.target === query) { query.value = ''; apply(); }
  });

  // A reference leads to its operation, also when that is filtered out or folded away.
  const reveal = () => {
    const op = /^#o\d+$/.test(location.hash) && at(location.hash.slice(1));
    if (!op) return;
    if (op.hidden) reset();
    for (let d = op; d; d = d.parentElement.closest('details')) d.open = true;
    op.scrollIntoView({ block: 'center' });
    op.querySelector('summary').focus({ preventScroll: true });
  };
  addEventListener('hashchange', reveal);
  document.addEventListener('click', e => {
    const link = e.target instanceof Element && e.target.closest('a[href^="#o"]');
    if (link && link.hash === location.hash) reveal();
  });

  // Paper has nothing to click: all of the plan is printed that is shown.
  if (!CSS.supports('selector(::details-content)')) {
    let closed = [];
    addEventListener('beforeprint', () => {
      closed = [...document.querySelectorAll('details:not([open])')];
      for (const d of closed) d.open = true;
    });
    addEventListener('afterprint', () => { for (const d of closed) d.open = false; });
  }
  apply();
  reveal();
})();
