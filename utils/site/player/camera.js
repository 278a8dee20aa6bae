// The learner's camera: it asks at a click alone, and nothing that it sees leaves the page.

import { planesOf } from "./pictures.js";

const PROMISE = "The picture never leaves this page.";
const WISH = { video: { width: { ideal: 640 }, height: { ideal: 480 } }, audio: false };

// A button beside the others. `live` runs picture after picture; otherwise one is taken at a click.
export function cameraFor({ section, kernel, view: { size, camera, frames } }) {
  if (!navigator.mediaDevices?.getUserMedia) return;
  const button = Object.assign(document.createElement("button"),
    { type: "button", className: "course-camera-button", textContent: "Camera" });
  const promise = Object.assign(document.createElement("p"), { className: "course-promise", textContent: PROMISE });
  section.querySelector(".course-reset").before(button);
  section.querySelector(".course-said").before(promise); // below the buttons in every layout
  section.style.setProperty("--height", `calc(${section.style.getPropertyValue("--height")} + 28px)`);
  const open = camera === "live" ? liveCamera : cameraShot;
  let stop = null;
  const end = () => {
    stop?.();
    stop = null;
    button.textContent = "Camera";
    button.setAttribute("aria-pressed", "false");
  };
  button.addEventListener("click", async () => {
    if (stop) return end();
    try {
      stop = await open({ section, kernel, size, frames, end });
    } catch (error) {
      return kernel.complain(`The camera cannot be used (${error.name}): allow it for this page, or choose a file.`);
    }
    button.textContent = "Stop camera";
    button.setAttribute("aria-pressed", "true");
    return undefined;
  });
  kernel.onOther(end); // a file or the scene instead of the camera
}

async function started() {
  const stream = await navigator.mediaDevices.getUserMedia(WISH);
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, srcObject: stream });
  video.setAttribute("aria-label", "What the camera sees");
  await video.play();
  return { video, release: () => stream.getTracks().forEach((track) => track.stop()) };
}

// What the camera sees now, in the size of the view, as in a mirror.
function seenBy(video, [tall, wide], canvas) {
  [canvas.width, canvas.height] = [wide, tall];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  const scale = Math.max(tall / video.videoHeight, wide / video.videoWidth);
  const [w, h] = [video.videoWidth * scale, video.videoHeight * scale];
  context.setTransform(-1, 0, 0, 1, wide, 0);
  context.drawImage(video, (wide - w) / 2, (tall - h) / 2, w, h);
  return planesOf(canvas, wide, tall);
}

// One pass after the other, each on the newest picture; it rests while nobody sees the view.
async function liveCamera({ section, kernel, size, frames, end }) {
  const { video, release } = await started();
  const canvas = document.createElement("canvas");
  let [going, seen, before] = [true, true, null];
  const watch = new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; });
  watch.observe(section);
  const stamps = [];
  const next = () => new Promise((done) => {
    if (video.requestVideoFrameCallback && seen && !document.hidden) video.requestVideoFrameCallback(done);
    else setTimeout(done, 200);
  });
  const loop = async () => {
    while (going && section.isConnected) {
      await next();
      if (!going || !seen || document.hidden) {
        before = null;
        continue;
      }
      const now = seenBy(video, size, canvas);
      if (!frames) await kernel.film({ picture: now, own: true });
      else if (before) await kernel.film({ frames: [before, now] });
      before = now;
      stamps.push(performance.now());
      if (stamps.length > 12) stamps.shift();
      section.dataset.fps = ((1000 * (stamps.length - 1)) / (stamps.at(-1) - stamps[0] || 1)).toFixed(1);
    }
  };
  loop().catch((error) => { kernel.complain(error.message); end(); });
  return () => {
    going = false;
    watch.disconnect();
    release();
  };
}

// A preview over the view, as in a mirror; "Take" gives one picture.
async function cameraShot({ section, kernel, size, end }) {
  const { video, release } = await started();
  const make = (tag, values, ...children) => {
    const element = Object.assign(document.createElement(tag), values);
    element.append(...children);
    return element;
  };
  const canvas = document.createElement("canvas");
  const take = make("button", { type: "button", textContent: "Take", onclick: () => {
    const picture = seenBy(video, size, canvas);
    end();
    kernel.film({ picture, own: true });
  } });
  const close = make("button", { type: "button", textContent: "Close", onclick: () => end() });
  const shade = make("div", { className: "course-camera course-mirror" }, video,
    make("div", { className: "course-buttons" }, take, close));
  shade.setAttribute("role", "dialog");
  shade.setAttribute("aria-label", "Camera");
  shade.addEventListener("keydown", (event) => event.key === "Escape" && end());
  section.append(shade);
  take.focus();
  return () => {
    release();
    shade.remove();
    section.querySelector(".course-camera-button").focus();
  };
}
