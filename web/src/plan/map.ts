import "maplibre-gl/dist/maplibre-gl.css";
import {
  type GeoJSONSource,
  LngLatBounds,
  Map as MapLibre,
  NavigationControl,
  setWorkerUrl,
  type VectorTileSource,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Pointed } from "./map-box";
import { cellColour, siteTiles, style } from "./map-style";
import { type Change, type Comparison, closedBy, type View } from "./state";

/** The planners' map: cells coloured by what the figures say of each, sites, and the places of a what-if. */
export interface PlanMap {
  show(comparison: Comparison, view: View, changes: Change[]): void;
  look(to: Pointed): void;
  onPlace(listener: (lon: number, lat: number) => void): void;
  onSite(listener: (id: string, name: string) => void): void;
  close(): void;
}

interface MapWords {
  name: string;
  zoomIn: string;
  zoomOut: string;
}

/** Opens the map in `box`, which must have a height. Rejects when it cannot be drawn. */
export function openPlanMap(
  box: HTMLElement,
  first: Comparison,
  words: MapWords,
): Promise<PlanMap> {
  setWorkerUrl(workerUrl);
  const map = new MapLibre({
    container: box,
    style: style(location.origin, first.with),
    bounds: around(first.with.cells.map((cell) => [cell.lon, cell.lat])),
    fitBoundsOptions: { padding: 40, maxZoom: 15 },
    // Labels are drawn with the reader's own fonts: no glyphs are fetched from anywhere.
    localIdeographFontFamily: '"Noto Sans CJK JP","Noto Sans JP","Hiragino Sans",sans-serif',
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    // What is on the screen can then be printed.
    canvasContextAttributes: { preserveDrawingBuffer: true, antialias: false },
    fadeDuration: 0,
    locale: {
      "Map.Title": words.name,
      "NavigationControl.ZoomIn": words.zoomIn,
      "NavigationControl.ZoomOut": words.zoomOut,
    },
    transformRequest: (url) => ({ url, credentials: "same-origin" }),
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  return new Promise((resolve, reject) => {
    map.once("load", () => resolve(planMap(map)));
    map.once("error", ({ error }) => {
      if (!map.loaded()) reject(error);
    });
  });
}

function planMap(map: MapLibre): PlanMap {
  let place: (lon: number, lat: number) => void = () => {};
  let site: (id: string, name: string) => void = () => {};
  map.on("click", ({ point, lngLat }) => {
    const [found] = map.queryRenderedFeatures(
      [
        [point.x - 6, point.y - 6],
        [point.x + 6, point.y + 6],
      ],
      { layers: ["site"] },
    );
    if (found) site(String(found.properties.id), String(found.properties.name));
    else place(lngLat.lng, lngLat.lat);
  });
  map.on("mousemove", ({ point }) => {
    const [over] = map.queryRenderedFeatures(point, { layers: ["site"] });
    map.getCanvas().style.cursor = over ? "pointer" : "crosshair";
  });
  return {
    show: (comparison, view, changes) => show(map, comparison, view, changes),
    look({ at, box }) {
      if (at) map.jumpTo({ center: at, zoom: Math.max(map.getZoom(), 14.5) });
      else if (box) map.fitBounds(around(box), { padding: 80, maxZoom: 15, animate: false });
    },
    onPlace(listener) {
      place = listener;
    },
    onSite(listener) {
      site = listener;
    },
    close: () => map.remove(),
  };
}

function show(map: MapLibre, comparison: Comparison, view: View, changes: Change[]): void {
  const { base, with: now } = comparison;
  const wasFar = new Map(base.cells.map((cell) => [cell.cell_no, cell.is_far]));
  for (const cell of now.cells) {
    map.setFeatureState(
      { source: "cells", sourceLayer: "cells", id: cell.cell_no },
      {
        far: cell.is_far,
        unsure: cell.is_unsure,
        newly: wasFar.get(cell.cell_no) === cell.is_far ? "same" : cell.is_far ? "far" : "near",
      },
    );
  }
  map.setPaintProperty("cell", "fill-color", cellColour(view));
  map.setPaintProperty("cell-unsure", "line-opacity", [
    "case",
    ["all", view !== "residents", ["boolean", ["feature-state", "unsure"], false]],
    1,
    0,
  ]);
  const tiles = siteTiles(location.origin, now);
  const source = map.getSource<VectorTileSource>("sites");
  if (source && source.tiles[0] !== tiles) source.setTiles([tiles]);
  const closed = new Set(changes.map(closedBy));
  map.getSource<GeoJSONSource>("changed")?.setData({
    type: "FeatureCollection",
    features: [
      ...now.sites.filter((site) => site.is_added).map((site) => feature(site, "added")),
      ...base.sites.filter((site) => closed.has(site.id)).map((site) => feature(site, "closed")),
    ],
  });
}

function feature(site: Comparison["with"]["sites"][number], change: "added" | "closed") {
  return {
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: [site.lon, site.lat] },
    properties: { name: site.name, change },
  };
}

/** Around places; the whole of Japan when there are none. */
function around(places: [number, number][]): LngLatBounds {
  const bounds = new LngLatBounds();
  for (const place of places) bounds.extend(place);
  return places.length > 0 ? bounds : new LngLatBounds([122.9, 24.0, 146.0, 45.6]);
}
