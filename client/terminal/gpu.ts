// Is there a real graphics card behind WebGL? xterm's WebGL renderer on a software rasteriser is five times slower than
// its DOM renderer, so the question is worth one throw-away context.

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|virgl|paravirtual|swrast/i;

/** An unnamed renderer counts as software: the DOM renderer is never wrong. */
export function isHardware(renderer: unknown): boolean {
  return typeof renderer === "string" && renderer.trim() !== "" && !SOFTWARE.test(renderer);
}

export function hasHardwareWebGl(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return false;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer: unknown = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  // Contexts are few and counted: this one is given back at once.
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return isHardware(renderer);
}
