import type { ExpressionSpecification, StyleSpecification } from "maplibre-gl";
import { COLOURS } from "../map/style";
import {
  ADDED,
  CLASSES,
  CLOSED,
  FAR,
  NEAR,
  NEWLY_FAR,
  NEWLY_NEAR,
  RESIDENTS,
  SITE,
} from "./legend";
import type { Figures, View } from "./state";

/** Tiles of the suitable sites. */
export function siteTiles(origin: string, { hazard, kind }: Figures): string {
  const asked = new URLSearchParams({ hazard: hazard === "any" ? "any" : hazard, kind });
  return `${origin}/tiles/sites/{z}/{x}/{y}.mvt?${asked}`;
}

function byPeople(colours: readonly string[]): ExpressionSpecification {
  const steps = CLASSES.slice(1).flatMap((from, n) => [from, colours[n + 1] ?? NEAR]);
  return ["step", ["get", "people"], colours[0] ?? NEAR, ...steps] as ExpressionSpecification;
}

/** What a cell is filled with: the colours of the legend, opaque. */
export function cellColour(view: View): ExpressionSpecification {
  if (view === "residents") return byPeople(RESIDENTS);
  if (view === "far") {
    return ["case", ["boolean", ["feature-state", "far"], false], byPeople(FAR), NEAR];
  }
  const newly: ExpressionSpecification = ["string", ["feature-state", "newly"], "same"];
  return ["match", newly, "near", NEWLY_NEAR, "far", NEWLY_FAR, NEAR];
}

/** Districts, cells, sites, the what-if's places, names: our own tiles alone. */
export function style(origin: string, figures: Figures): StyleSpecification {
  const tiles = (layer: string, query = "") => ({
    type: "vector" as const,
    tiles: [`${origin}/tiles/${layer}/{z}/{x}/{y}.mvt${query}`],
    minzoom: 8,
    maxzoom: 15,
  });
  const isAdded: ExpressionSpecification = ["==", ["get", "change"], "added"];
  const districts = { source: "districts", "source-layer": "districts" };
  const cells = { source: "cells", "source-layer": "cells" };
  return {
    version: 8,
    sources: {
      districts: tiles("districts"),
      cells: tiles("coverage", `?snapshot=${figures.snapshot.id}`),
      sites: { ...tiles("sites"), tiles: [siteTiles(origin, figures)] },
      changed: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": COLOURS.ground } },
      { id: "district", type: "fill", ...districts, paint: { "fill-color": COLOURS.district } },
      {
        id: "cell",
        type: "fill",
        ...cells,
        paint: { "fill-color": cellColour("residents"), "fill-antialias": false },
      },
      {
        id: "cell-edge",
        type: "line",
        ...cells,
        paint: { "line-color": "#ffffff", "line-width": 0.75 },
      },
      {
        id: "cell-unsure",
        type: "line",
        ...cells,
        paint: {
          "line-color": COLOURS.label,
          "line-width": 1.5,
          "line-dasharray": [2, 2],
          "line-opacity": 0,
        },
      },
      {
        id: "border",
        type: "line",
        ...districts,
        paint: { "line-color": COLOURS.border, "line-width": 1.5 },
      },
      {
        id: "site",
        type: "circle",
        source: "sites",
        "source-layer": "sites",
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 3, 15, 8],
          "circle-color": SITE,
          "circle-stroke-color": "#ffffff",
          "circle-stroke-width": 1.5,
        },
      },
      {
        id: "changed",
        type: "circle",
        source: "changed",
        paint: {
          "circle-radius": 9,
          "circle-color": "#ffffff",
          "circle-stroke-color": ["case", isAdded, ADDED, CLOSED],
          "circle-stroke-width": ["case", isAdded, 5, 3],
        },
      },
      {
        id: "changed-name",
        type: "symbol",
        source: "changed",
        layout: {
          "text-field": ["case", isAdded, ["get", "name"], ["concat", "× ", ["get", "name"]]],
          "text-font": ["sans"],
          "text-size": 14,
          "text-offset": [0, 1.6],
          "text-allow-overlap": true,
        },
        paint: { "text-color": COLOURS.label, "text-halo-color": "#ffffff", "text-halo-width": 2 },
      },
      {
        id: "district-label",
        type: "symbol",
        source: "districts",
        "source-layer": "district_labels",
        layout: { "text-field": ["get", "name"], "text-font": ["sans"], "text-size": 13 },
        paint: {
          "text-color": COLOURS.label,
          "text-halo-color": "#ffffff",
          "text-halo-width": 1.5,
        },
      },
    ],
  };
}
