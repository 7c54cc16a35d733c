// What axe asks for, and the generator does not do. What is wider than the page can be moved by the keyboard too; a button
// that copies is in no landmark of its own; a result of the search is read out whole, and its path can be read.
(() => {
  const WIDE = '.md-typeset pre > code, .md-typeset .out, .md-typeset .out pre, .md-typeset__scrollwrap, .md-typeset__table';
  const style = new CSSStyleSheet();
  style.replaceSync('menu { color: rgb(var(--color-foreground) / .7) !important; }');
  const found = (root) => {
    for (const each of root.querySelectorAll('a[role=option][aria-labelledby]')) each.removeAttribute('aria-labelledby');
  };
  const reach = () => {
    for (const each of document.querySelectorAll(WIDE)) {
      if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
      else each.removeAttribute('tabindex');
    }
    // An option such as --allow-writes is not broken behind its hyphens.
    for (const each of document.querySelectorAll('.md-typeset :is(p, li) > code')) {
      each.style.whiteSpace = each.textContent.length < 26 ? 'nowrap' : '';
    }
    for (const each of document.querySelectorAll('nav.md-code__nav')) each.setAttribute('role', 'none');
    for (const {shadowRoot: root} of document.body?.children ?? []) {
      if (!root || root.adoptedStyleSheets.includes(style)) continue;
      root.adoptedStyleSheets.push(style);
      new MutationObserver(() => found(root)).observe(root, {childList: true, subtree: true, attributes: true});
    }
  };
  new MutationObserver(reach).observe(document.documentElement, {childList: true, subtree: true});
  addEventListener('resize', reach);
  addEventListener('load', reach);
})();
