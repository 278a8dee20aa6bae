// onnxruntime in a worker: started once per kind of processor, graphs opened when they are asked for.

import { unpacked } from "./assets.js";

const started = {};

// The runtime on the CPU ("cpu") or on the graphics chip ("gpu"); `told(share)` hears of the loading.
export function runtimeOn(kind, { worker, told = () => {} }) {
  started[kind] ??= start(kind, worker, told).catch((error) => {
    delete started[kind];
    throw error;
  });
  return started[kind];
}

async function start(kind, source, told) {
  const name = kind === "gpu" ? "onnxruntime-webgpu" : "onnxruntime-wasm";
  const [wasm, module] = await Promise.all([unpacked(name, told), unpacked(`${name}-module`)]);
  const ask = conversation(source);
  await ask({ what: "start", gpu: kind === "gpu", wasm, module: dataUrl(new Uint8Array(module)) });
  const opened = {};
  const open = (graph, weights, heard) => (opened[graph] ??= opening(ask, graph, weights, heard));
  return {
    kind,
    open,
    // One pass: named arrays in, named arrays and milliseconds out.
    async run(graph, { weights, feeds }) {
      await open(graph, weights);
      return ask({ what: "run", name: graph, feeds });
    },
  };
}

async function opening(ask, graph, weights, told = () => {}) {
  const [bytes, ...files] = await Promise.all([unpacked(`graphs/${graph}`),
    ...weights.map((name) => unpacked(`weights/${name}`, told))]);
  const external = files.map((data, i) => ({ path: `${weights[i]}.bin`, data }));
  return ask({ what: "open", name: graph, graph: bytes, weights: external });
}

// Questions to the worker, each answered by its number.
function conversation(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  const calls = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, error, ...answer } }) => {
    const { resolve, reject } = calls.get(id);
    calls.delete(id);
    if (error) reject(new Error(error));
    else resolve(answer);
  };
  worker.onerror = (event) => {
    calls.forEach(({ reject }) => reject(new Error(event.message || "the models' thread ended")));
    calls.clear();
  };
  return (message) => new Promise((resolve, reject) => {
    last += 1;
    calls.set(last, { resolve, reject });
    worker.postMessage({ id: last, ...message });
  });
}

// A module that a worker of a page from disk may import: there, blobs are refused.
function dataUrl(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return `data:text/javascript;base64,${btoa(text)}`;
}
