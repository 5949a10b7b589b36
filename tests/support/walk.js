() => {
  // What a person could not read on this page: cut text, and text with little contrast.
  const found = [];
  const rgba = (text) => {
    const parts = (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return parts.length < 4 ? [...parts, 1] : parts;
  };
  const over = (top, below) =>
    [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const name = (element) => element.textContent.trim().slice(0, 60);
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 2 && box.height > 2 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  for (const element of document.querySelectorAll("[data-testid=stMain] *, [data-testid=stSidebar] *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !visible(element) || element.closest("canvas, [aria-hidden=true], [data-testid=stIconMaterial]")) continue;
    const style = getComputedStyle(element);
    if (style.fontFamily.includes("Material")) continue;
    const sidebar = element.closest("[data-testid=stSidebar]");
    const svg = element.closest("svg");
    if (svg) {
      const [box, frame] = [element.getBoundingClientRect(), svg.getBoundingClientRect()];
      if (box.left < frame.left - 2 || box.right > frame.right + 2) found.push(`cut: ${name(element)}`);
    }
    for (let at = element; at && !svg && !sidebar && at !== element.parentElement?.parentElement?.parentElement; at = at.parentElement) {
      const hides = getComputedStyle(at).overflowX !== "visible";
      if (hides && at.scrollWidth > at.clientWidth + 1) found.push(`cut: ${name(element)}`);
    }
    const ink = over(rgba(svg ? style.fill : style.color), ground(element));
    const [dark, light] = [luminance(ink), luminance(ground(element))].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(1)}: ${name(element)}`);
  }
  return [...new Set(found)];
}
