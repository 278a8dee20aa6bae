// What the page loads when it needs it. Every file is a classic script that hands its content to
// `courseAsset`: such scripts load from a server and by double click from disk alike.

const waiting = new Map();
const asked = new Map();
const bytes = new Map();
let [root, sizes] = ["", {}];

// Where the files lie, and how long the parts of each packed one are.
export function locate(folder, table) {
  [root, sizes] = [folder, table];
  globalThis.courseAsset = (name, value) => waiting.get(name)?.(value);
}

// The content of one script, loaded once.
export function load(name) {
  if (!asked.has(name)) {
    asked.set(name, new Promise((resolve, reject) => {
      waiting.set(name, resolve);
      const script = document.createElement("script");
      script.onload = () => { waiting.delete(name); script.remove(); };
      script.onerror = () => {
        asked.delete(name); // it may come when it is asked for again
        reject(new Error(`the file ${name}.js did not load`));
      };
      script.src = `${root}${name}.js`;
      document.head.append(script);
    }));
  }
  return asked.get(name);
}

// The bytes of a packed file (gzip, base64, in parts); `told(share)` hears how far it is.
export function unpacked(name, told = () => {}) {
  if (!bytes.has(name)) {
    bytes.set(name, fetched(name).catch((error) => {
      bytes.delete(name);
      throw error;
    }));
  }
  const watch = bytes.get(name);
  watch.listeners ??= new Set();
  watch.listeners.add(told);
  return watch;
}

async function fetched(name) {
  const parts = sizes[name] ?? [1];
  const whole = parts.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const texts = await Promise.all(parts.map(async (size, i) => {
    const text = await load(`${name}.${i}`);
    done += size;
    bytes.get(name)?.listeners?.forEach((told) => told(done / whole));
    asked.delete(`${name}.${i}`); // the packed text is not kept
    return text;
  }));
  return gunzip(texts);
}

async function gunzip(texts) {
  const stream = new Blob(texts.map(fromBase64)).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

export function fromBase64(text) {
  const plain = atob(text);
  const out = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i += 1) out[i] = plain.charCodeAt(i);
  return out;
}
