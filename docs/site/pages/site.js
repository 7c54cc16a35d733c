// What is wider than the page can be moved by the keyboard too, and each button that copies is in no landmark of its own.
(() => {
  const WIDE = '.md-typeset pre > code, .md-typeset .out, .md-typeset .out pre, .md-typeset__scrollwrap, .md-typeset__table';
  const reach = () => {
    for (const each of document.querySelectorAll(WIDE)) {
      if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
      else each.removeAttribute('tabindex');
    }
    for (const each of document.querySelectorAll('nav.md-code__nav')) each.setAttribute('role', 'none');
  };
  new MutationObserver(reach).observe(document.documentElement, {childList: true, subtree: true});
  addEventListener('resize', reach);
  addEventListener('load', reach);
})();
