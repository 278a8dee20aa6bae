export function cameraFor() {}
