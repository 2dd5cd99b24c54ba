// Pictures made small enough for a bad network, without what the camera wrote into them.
import { setting } from './db';

/// Pixels of the longer side, unless somebody chose larger pictures on this phone.
const usualSide = 1600;
const largeSide = 4096;
export const largePictures = 'large pictures';
const quality = 0.8;

/// Draws a frame or picture to a JPEG of at most so many pixels.
export async function scaled(source: HTMLVideoElement | HTMLImageElement): Promise<Blob> {
  const [width, height] =
    source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.naturalWidth, source.naturalHeight];
  const longestSide = (await setting<boolean>(largePictures)) ? largeSide : usualSide;
  const factor = Math.min(1, longestSide / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * factor));
  canvas.height = Math.max(1, Math.round(height * factor));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/jpeg', quality),
  );
}

/// The same of a file. What this browser cannot read goes as it is.
export async function scaledFile(file: File): Promise<{ blob: Blob; type: string }> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((done, fail) => {
      image.onload = done;
      image.onerror = fail;
      image.src = url;
    });
    return { blob: await scaled(image), type: 'image/jpeg' };
  } catch {
    return { blob: file, type: file.type || 'application/octet-stream' };
  } finally {
    URL.revokeObjectURL(url);
  }
}
