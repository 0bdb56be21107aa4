// Boxes that scroll sideways can be reached and moved with the keyboard; others are no stop
// on its way. A browser that does this by itself loses nothing.
(() => {
  const BOXES = ".highlight pre, .table-wrapper, div.math .katex-display";

  // All are measured before one is changed, so that the page is laid out once.
  const observer = new ResizeObserver((entries) => {
    const wide = new Map(entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth]));
    for (const [box, isWide] of wide) {
      if (isWide) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(BOXES)) observer.observe(box);
})();
