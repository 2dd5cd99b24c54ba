// Marks drawn once and stamped many times.
import type { Row } from '../model/pressing';
import { markAt, marks, shapes } from '../shapes';

const side = 44; // with room for a halo
const ratio = () => Math.min(3, devicePixelRatio || 1);
const haloColour = '#e11d48';

export class Sprites {
  private readonly made = new Map<string, HTMLCanvasElement>();

  /// The mark of a row; `claimed` by me, by another, or not.
  mark({ sighting: { status, urgency }, overdue }: Row, claimed: '' | 'mine' | 'other'): HTMLCanvasElement {
    return this.of(`${status}/${urgency}/${overdue}/${claimed}`, (pen) => {
      const { path, colour } = shapes[status];
      if (overdue) halo(pen, 16);
      const size = urgency === 'normal' ? 0.8 : 0.95;
      pen.save();
      pen.scale(size, size);
      pen.translate(-12, -12);
      const outline = new Path2D(path);
      pen.lineWidth = 3;
      pen.strokeStyle = '#fff';
      pen.stroke(outline);
      pen.fillStyle = colour;
      pen.fill(outline);
      text(pen, marks[urgency], 12, markAt(status), 15);
      pen.restore();
      if (claimed) {
        pen.beginPath();
        pen.arc(10, -9, 5, 0, 2 * Math.PI);
        pen.fillStyle = claimed === 'mine' ? '#0d1720' : '#fff';
        pen.strokeStyle = claimed === 'mine' ? '#fff' : '#0d1720';
        pen.lineWidth = 2;
        pen.fill();
        pen.stroke();
      }
    });
  }

  /// Many in one place: how many, and how many of them press.
  cluster(count: number, pressing: number, overdue: boolean): HTMLCanvasElement {
    return this.of(`n/${count}/${pressing}/${overdue}`, (pen) => {
      const radius = count < 10 ? 12 : count < 100 ? 14 : 16;
      if (overdue) halo(pen, radius + 3);
      disc(pen, 0, 0, radius, '#24323d');
      text(pen, count < 10_000 ? String(count) : `${Math.floor(count / 1000)}k`, 0, 0, count < 1000 ? 12 : 10);
      if (pressing) {
        disc(pen, radius - 2, 3 - radius, 7.5, haloColour);
        text(pen, pressing < 100 ? String(pressing) : '99+', radius - 2, 3 - radius, pressing < 100 ? 10 : 7);
      }
    });
  }

  private of(key: string, draw: (pen: CanvasRenderingContext2D) => void): HTMLCanvasElement {
    const known = this.made.get(key);
    if (known) return known;
    if (this.made.size > 2000) this.made.clear();
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = side * ratio();
    const pen = canvas.getContext('2d')!;
    pen.scale(ratio(), ratio());
    pen.translate(side / 2, side / 2);
    draw(pen);
    this.made.set(key, canvas);
    return canvas;
  }

  stamp(pen: CanvasRenderingContext2D, sprite: HTMLCanvasElement, x: number, y: number) {
    pen.drawImage(sprite, Math.round(x - side / 2), Math.round(y - side / 2), side, side);
  }
}

function halo(pen: CanvasRenderingContext2D, radius: number) {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
  pen.fillStyle = 'rgba(225, 29, 72, .28)';
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = haloColour;
  pen.stroke();
}

function disc(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = '#fff';
  pen.stroke();
}

function text(pen: CanvasRenderingContext2D, what: string, x: number, y: number, size: number) {
  if (!what) return;
  pen.fillStyle = '#fff';
  pen.font = `700 ${size}px system-ui, sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(what, x, y + 0.5);
}
