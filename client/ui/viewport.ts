// Where the browser lays its keyboard over the page instead of shrinking it (Safari), the page shrinks itself.

export function fitViewport(): void {
  const viewport = visualViewport;
  if (!viewport) return;
  const measure = (): void => {
    // A pinch zoom also makes the visual viewport small, and must not squeeze the page.
    const covered = viewport.scale === 1 ? Math.max(0, innerHeight - viewport.height) : 0;
    document.documentElement.style.setProperty("--covered", `${Math.round(covered)}px`);
  };
  viewport.addEventListener("resize", measure);
  measure();
}
