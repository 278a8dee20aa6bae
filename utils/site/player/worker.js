// The models' own thread: a classic worker, since a page from disk may not start a module.

let ort;
const sessions = {};
let provider = "wasm";

async function start({ module, wasm, gpu }) {
  if (gpu) {
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter) throw new Error("this browser shows no graphics chip");
  }
  ort = await import(module);
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.numThreads = 1; // more need headers that plain hosts do not send
  ort.env.logLevel = "error";
  provider = gpu ? "webgpu" : "wasm";
  return {};
}

async function open({ name, graph, weights }) {
  const externalData = weights.map(({ path, data }) => ({ path, data: new Uint8Array(data) }));
  sessions[name] = await ort.InferenceSession.create(new Uint8Array(graph),
    { executionProviders: [provider], externalData });
  return {};
}

async function run({ name, feeds }) {
  const session = sessions[name];
  const tensors = {};
  for (const { name: input, shape } of session.inputMetadata) {
    tensors[input] = new ort.Tensor("float32", feeds[input], shape);
  }
  const began = performance.now();
  const results = await session.run(tensors);
  const ms = performance.now() - began;
  const out = {};
  for (const [key, { data, dims }] of Object.entries(results)) {
    out[key] = { data: data instanceof BigInt64Array ? Int32Array.from(data, Number) : data.slice(), shape: dims };
  }
  return { out, ms };
}

const WORK = { start, open, run };

onmessage = async ({ data: { id, what, ...message } }) => {
  try {
    const answer = await WORK[what](message);
    postMessage({ id, ...answer }, Object.values(answer.out ?? {}).map(({ data }) => data.buffer));
  } catch (error) {
    postMessage({ id, error: error.message ?? String(error) });
  }
};
