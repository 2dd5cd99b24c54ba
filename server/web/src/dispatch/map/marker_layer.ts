// The sightings on the map: one canvas a little larger than the view, drawn anew when the view leaves it.
import { DomUtil, Layer, type LatLng, type Map as LeafletMap, type Point } from 'leaflet';
import { insideLine, makeGrid, spotOf, type Cluster, type Grid, type Spot } from '../model/grid';
import type { Row } from '../model/pressing';
import { Sprites } from './sprites';

/// Beyond each edge of the view, as a part of its size.
const margin = 0.4;
const near = 18; // pixels within which a click means a mark

export interface Shown {
  rows: readonly Row[];
  selected: string | null;
  chosen: ReadonlySet<string>;
  claimed(row: Row): '' | 'mine' | 'other';
}

export class MarkerLayer extends Layer {
  private readonly canvas = DomUtil.create('canvas', 'marks');
  private readonly sprites = new Sprites();
  private spots: readonly Spot[] = [];
  private grid: Grid | null = null;
  private shown: Shown = { rows: [], selected: null, chosen: new Set(), claimed: () => '' };
  /// What is drawn, in pixels of the world at the zoom it was drawn for.
  private drawn = { left: 0, top: 0, right: 0, bottom: 0 };
  private frame = 0;
  /// How often it was drawn and how long the last took, in milliseconds.
  readonly work = { draws: 0, last: 0 };

  override onAdd(map: LeafletMap): this {
    map.getPane('markerPane')!.appendChild(this.canvas);
    this.draw();
    return this;
  }
  override onRemove(): this {
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
    return this;
  }
  override getEvents() {
    return { viewreset: this.later, zoomend: this.draw, moveend: this.follow, move: this.follow, resize: this.later };
  }

  show(shown: Shown) {
    if (shown.rows !== this.shown.rows) {
      this.spots = shown.rows.map(spotOf);
      this.grid = null;
    }
    this.shown = shown;
    this.later();
  }

  private readonly later = () => {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  };

  /// The canvas rides along with the map; it is drawn anew only when the view reaches past it.
  private readonly follow = () => {
    const { min, max } = this._map.getPixelBounds();
    const { left, top, right, bottom } = this.drawn;
    if (min!.x < left || min!.y < top || max!.x > right || max!.y > bottom) this.later();
  };

  private gridNow(): Grid {
    const zoom = this._map.getZoom();
    if (this.grid?.zoom !== zoom) this.grid = makeGrid(this.spots, zoom);
    return this.grid;
  }

  private readonly draw = () => {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const map = this._map;
    if (!map) return;
    const began = performance.now();
    const { min, max } = map.getPixelBounds();
    const size = map.getSize();
    const [spareX, spareY] = [Math.ceil(size.x * margin), Math.ceil(size.y * margin)];
    this.drawn = { left: min!.x - spareX, top: min!.y - spareY, right: max!.x + spareX, bottom: max!.y + spareY };
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [size.x + 2 * spareX, size.y + 2 * spareY];
    if (this.canvas.width !== width * ratio || this.canvas.height !== height * ratio) {
      this.canvas.width = width * ratio;
      this.canvas.height = height * ratio;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([-spareX, -spareY]));
    const pen = this.canvas.getContext('2d')!;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.paint(pen);
    this.work.draws += 1;
    this.work.last = performance.now() - began;
    this.canvas.dataset['draws'] = String(this.work.draws);
  };

  private paint(pen: CanvasRenderingContext2D) {
    const grid = this.gridNow();
    const { left, top, right, bottom } = this.drawn;
    const { selected, chosen } = this.shown;
    this.paintRing(pen);
    for (const cluster of grid.within(left, top, right, bottom)) {
      const at = grid.place(cluster);
      const [x, y] = [at.x - left, at.y - top];
      if (cluster.count === 1) this.paintOne(pen, cluster.first.row, x, y, chosen.has(cluster.first.row.sighting.id));
      else this.sprites.stamp(pen, this.sprites.cluster(cluster.count, cluster.overdue + cluster.urgent, cluster.overdue > 0), x, y);
    }
    const spot = this.spotOf(selected);
    if (spot) this.paintSelected(pen, spot, left, top);
  }

  private paintOne(pen: CanvasRenderingContext2D, row: Row, x: number, y: number, chosen: boolean) {
    if (chosen) {
      pen.beginPath();
      pen.rect(x - 17, y - 17, 34, 34);
      pen.lineWidth = 3;
      pen.strokeStyle = '#d95d00';
      pen.stroke();
    }
    this.sprites.stamp(pen, this.sprites.mark(row, this.shown.claimed(row)), x, y);
  }

  private spotOf(id: string | null): Spot | undefined {
    return id === null ? undefined : this.spots.find(({ row }) => row.sighting.id === id);
  }

  /// How far from its position the selected one may be.
  private paintRing(pen: CanvasRenderingContext2D) {
    const spot = this.spotOf(this.shown.selected);
    const metres = spot?.row.sighting.position.accuracy_m;
    if (!spot || metres == null) return;
    const scale = 2 ** this._map.getZoom();
    const perPixel = (40_075_016.686 * Math.cos((spot.row.sighting.position.lat * Math.PI) / 180)) / (256 * scale);
    pen.beginPath();
    pen.arc(spot.x * scale - this.drawn.left, spot.y * scale - this.drawn.top, Math.max(4, metres / perPixel), 0, 2 * Math.PI);
    pen.fillStyle = 'rgba(217, 93, 0, .18)';
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = '#d95d00';
    pen.stroke();
  }

  /// The selected one on top of its cluster, with a ring of its own.
  private paintSelected(pen: CanvasRenderingContext2D, spot: Spot, left: number, top: number) {
    const scale = 2 ** this._map.getZoom();
    const [x, y] = [spot.x * scale - left, spot.y * scale - top];
    this.paintOne(pen, spot.row, x, y, this.shown.chosen.has(spot.row.sighting.id));
    for (const [colour, line] of [['#fff', 6], ['#d95d00', 3]] as const) {
      pen.beginPath();
      pen.arc(x, y, 20, 0, 2 * Math.PI);
      pen.lineWidth = line;
      pen.strokeStyle = colour;
      pen.stroke();
    }
  }

  /// What is at a place of the map: a mark, or a cluster of them.
  at(where: LatLng): Cluster | null {
    const grid = this.gridNow();
    const point: Point = this._map.project(where, grid.zoom);
    let best: Cluster | null = null;
    let closest = near;
    for (const cluster of grid.within(point.x - 60, point.y - 60, point.x + 60, point.y + 60)) {
      const { x, y } = grid.place(cluster);
      const away = Math.hypot(x - point.x, y - point.y);
      if (away <= closest) [best, closest] = [cluster, away];
    }
    return best;
  }

  /// The ids of what lies inside a line on the map.
  inside(line: readonly LatLng[]): string[] {
    const zoom = this._map.getZoom();
    const points = line.map((one) => this._map.project(one, zoom));
    const scale = 2 ** zoom;
    return this.spots.filter(({ x, y }) => insideLine(x * scale, y * scale, points)).map(({ row }) => row.sighting.id);
  }
}
