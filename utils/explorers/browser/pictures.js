// ---- the learner's own pictures: a file, the clipboard, a drop, the camera ------------------------

const MAX_FILE = 8e6; // what one message to the kernel carries with ease
const LONGEST = 1024; // pixels that a picture keeps where it has to be made smaller
const BETWEEN = 200; // milliseconds between the two frames of the camera

const bytesFrom = async (blob) => new DataView(await blob.arrayBuffer());
const fileOf = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

function drawnSmall(source, width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = make("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// Small files go as they are; a large one is drawn smaller here, where the browser can read it.
async function sendable(file) {
  if (file.size <= MAX_FILE) return bytesFrom(file);
  try {
    const image = await createImageBitmap(file);
    return bytesFrom(await fileOf(drawnSmall(image, image.width, image.height)));
  } catch {
    throw new Refused(`a file of ${(file.size / 1e6).toFixed(1)} MB came: at most 8 MB can be sent, and larger `
      + "pictures only where the browser can read them; save it smaller");
  }
}

class Refused extends Error {}

// Buttons for a picture and for going back; `give(files)` gets what was chosen, pasted or dropped.
function pictureButtons(section, { give, reset, complain }) {
  const offer = async (files) => {
    const pictures = [...files].filter(({ type }) => !type || type.startsWith("image/"));
    if (!files.length) return;
    try {
      if (!pictures.length) throw new Refused(`${files[0].name || "a file"} came: it is no picture; choose a PNG or JPEG`);
      await give(await Promise.all(pictures.slice(0, META.frames ? 2 : 1).map(sendable)));
    } catch (error) {
      complain(error instanceof Refused ? error.message : String(error));
    }
  };
  const file = make("input", { type: "file", accept: "image/*", class: "course-file", multiple: META.frames ? "" : null,
    "aria-label": META.frames ? "Your own picture, or two frames" : "Your own picture", onchange: () => {
      const chosen = [...file.files];
      file.value = "";
      offer(chosen);
    } });
  const own = make("label", { class: "course-button", title: "Or paste one, or drop it on the view" },
    META.frames ? "Your frames…" : "Your picture…", file);
  const back = make("button", { type: "button", class: "course-reset", onclick: reset }, "Reset");
  if (META.picture) takeDrops(section, offer);
  const camera = META.camera && navigator.mediaDevices?.getUserMedia ? [cameraButton(section, give, complain)] : [];
  return make("div", { class: "course-buttons" }, ...(META.picture ? [own, ...camera] : []), back);
}

function takeDrops(section, offer) {
  const over = (on) => section.classList.toggle("course-drop", on);
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  section.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    event.stopPropagation();
    over(true);
  });
  section.addEventListener("dragleave", () => over(false));
  section.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    event.stopPropagation();
    over(false);
    offer(event.dataTransfer.files);
  });
  section.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files ?? [];
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    offer(files);
  });
}

// A preview over the view; "Take" sends one frame, or two that follow each other.
function cameraButton(section, give, complain) {
  const take = async (video) => {
    const frames = [drawnSmall(video, video.videoWidth, video.videoHeight)];
    if (META.frames) {
      await new Promise((done) => setTimeout(done, BETWEEN));
      frames.push(drawnSmall(video, video.videoWidth, video.videoHeight));
    }
    await give(await Promise.all(frames.map(async (canvas) => bytesFrom(await fileOf(canvas)))));
  };
  const open = async () => {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 640 } });
    } catch (error) {
      complain(`the camera cannot be used (${error.name}): allow it for this page, or choose a file`);
      return;
    }
    const video = make("video", { autoplay: "", muted: "", playsinline: "", "aria-label": "What the camera sees" });
    video.muted = true;
    video.srcObject = stream;
    const close = () => {
      stream.getTracks().forEach((track) => track.stop());
      shade.remove();
      button.focus();
    };
    const shoot = make("button", { type: "button", onclick: async () => {
      await take(video).catch((error) => complain(String(error)));
      close();
    } }, META.frames ? "Take two frames" : "Take");
    const shade = make("div", { class: "course-camera", role: "dialog", "aria-label": "Camera" }, video,
      make("div", { class: "course-buttons" }, shoot, make("button", { type: "button", onclick: close }, "Close")));
    shade.addEventListener("keydown", (event) => event.key === "Escape" && close());
    section.append(shade);
    await video.play().catch(() => {});
    shoot.focus();
  };
  const button = make("button", { type: "button", class: "course-camera-button", onclick: open }, "Camera");
  return button;
}
