import { computeTextCentre, greedyLayout, scaleSolution, venn, type ICircle } from '@upsetjs/venn.js';
import { html } from '../pages/html.ts';
import { fontSize, textWidth, type Canvas, type Drawing } from './draw.ts';
import { circleTint, paint, type Colour } from './palette.ts';

export interface VennSet {
  /** A letter that stands in the circle. */
  letter: string;
  colour: Colour;
}

/** People who are in all of the sets of these letters and in no other. */
export interface VennRegion {
  letters: string[];
  people: number;
}

/** Circles whose areas, and those of their overlaps, are as near to the numbers as circles allow; empty sets have none. */
export function vennPlot(sets: readonly VennSet[], regions: readonly VennRegion[], { width, isNarrow, format }: Canvas): Drawing {
  const peopleIn = (letters: readonly string[]) =>
    regions.reduce((sum, region) => (letters.every((letter) => region.letters.includes(letter)) ? sum + region.people : sum), 0);
  const drawn = sets.filter(({ letter }) => peopleIn([letter]) > 0);
  const areas = subsets(drawn.map(({ letter }) => letter)).map((letters) => ({ sets: letters, size: peopleIn(letters) }));
  const height = isNarrow ? 260 : 340;
  // The greedy layout gives the same drawing for the same numbers; the other one starts from random positions.
  const circles = scaleSolution(venn(areas, { initialLayout: greedyLayout }), width, height, 24);
  return {
    width,
    height,
    content: html`${drawn.map(({ letter, colour }) => {
      const circle = circles[letter];
      return (
        circle &&
        html`<circle cx="${circle.x}" cy="${circle.y}" r="${circle.radius}" fill="${paint(colour)}" fill-opacity="${circleTint}" stroke="${paint(colour)}" stroke-width="1.5"/>`
      );
    })}${drawn.map(({ letter, colour }) => {
      const circle = circles[letter];
      if (circle === undefined) return undefined;
      const { x, y } = beside(circle, Object.values(circles));
      return html`<text x="${x}" y="${y}" dy="0.35em" text-anchor="middle" font-weight="700" font-size="${fontSize + 2}" fill="${paint(colour)}">${letter}</text>`;
    })}${regions.map(({ letters, people }) => {
      const place = people > 0 && roomIn(letters, circles, format.count(people));
      return (
        place &&
        html`<text x="${place.x}" y="${place.y}" dy="0.35em" text-anchor="middle" font-size="${fontSize}" fill="${paint('ink')}">${format.count(people)}</text>`
      );
    })}`,
  };
}

/** A place for a letter just outside the circle, as far from the others as may be. */
function beside(circle: ICircle, all: readonly ICircle[]): { x: number; y: number } {
  const others = all.filter((other) => other !== circle);
  const room = ({ x, y }: { x: number; y: number }) =>
    Math.min(...others.map((other) => Math.hypot(x - other.x, y - other.y) - other.radius));
  const places = Array.from({ length: 24 }, (_, index) => {
    const angle = (index / 12) * Math.PI - Math.PI / 2;
    return { x: circle.x + Math.cos(angle) * (circle.radius + 12), y: circle.y + Math.sin(angle) * (circle.radius + 12) };
  });
  return places.reduce((best, place) => (room(place) > room(best) ? place : best));
}

/** The middle of the region that is in just these circles; undefined when a text has no room there. */
function roomIn(letters: readonly string[], circles: Record<string, ICircle>, text: string): { x: number; y: number } | undefined {
  const all = Object.entries(circles);
  const inside = all.filter(([letter]) => letters.includes(letter)).map(([, circle]) => circle);
  const outside = all.filter(([letter]) => !letters.includes(letter)).map(([, circle]) => circle);
  const { x, y } = computeTextCentre(inside, outside);
  const [right, down] = [textWidth(text) / 2, fontSize / 2];
  const corners = [-1, 1].flatMap((side) => [-1, 1].map((end) => ({ x: x + side * right, y: y + end * down })));
  const covers = (circle: ICircle) => (corner: { x: number; y: number }) =>
    Math.hypot(corner.x - circle.x, corner.y - circle.y) < circle.radius;
  const hasRoom = inside.every((circle) => corners.every(covers(circle))) && !outside.some((circle) => corners.some(covers(circle)));
  return hasRoom ? { x, y } : undefined;
}

function subsets(letters: readonly string[]): string[][] {
  return Array.from({ length: 2 ** letters.length - 1 }, (_, index) => letters.filter((_letter, place) => ((index + 1) >> place) & 1));
}
