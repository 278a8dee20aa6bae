// ---- a page without a kernel ------------------------------------------------------------------

// Stands in for the kernel's model; a picture is then decoded by the browser itself.
function pageModel(state) {
  const listeners = {};
  const scene = state.pixels;
  const model = {
    get: (name) => state[name],
    set: (name, value) => {
      state[name] = value;
      (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
      if (name === "upload") ownPicture(value).then((own) => model.set("pixels", own));
    },
    save_changes: () => {},
    send: ({ do: what }) => what === "scene" && model.set("pixels", scene),
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off: (event, listener) => {
      listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener);
    },
  };
  const ownPicture = async (view) => {
    const image = await createImageBitmap(new Blob([view]));
    const [h, w] = scene.shape;
    const scale = Math.max(h / image.height, w / image.width);
    const canvas = make("canvas", { width: w, height: h });
    const context = canvas.getContext("2d");
    const [iw, ih] = [image.width * scale, image.height * scale];
    context.drawImage(image, (w - iw) / 2, (h - ih) / 2, iw, ih);
    const rgb = context.getImageData(0, 0, w, h).data.filter((_, i) => i % 4 !== 3);
    return { dtype: "|u1", shape: [h, w, 3], data: new DataView(new Uint8Array(rgb).buffer) };
  };
  return model;
}
