import type { StyleSpecification } from "maplibre-gl";
import type { SiteRow } from "../public/nearest";

/** Colours of the legend: one place, so that the map and its legend cannot differ. */
export const COLOURS = {
  ground: "#f2f2ee",
  district: "#ffffff",
  border: "#5a6072",
  label: "#1a1a1c",
  evacuation_site: "#00118f",
  evacuation_building: "#8a4b00",
  shelter: "#115a36",
} as const;

const KIND_OF = ["evacuation_site", "evacuation_building", "shelter"] as const;

/** The style of our map: districts from our own vector tiles, sites from the list that the phone has. */
export function style(origin: string, sites: SiteRow[]): StyleSpecification {
  return {
    version: 8,
    sources: {
      districts: {
        type: "vector",
        tiles: [`${origin}/tiles/districts/{z}/{x}/{y}.mvt`],
        minzoom: 8,
        maxzoom: 15,
      },
      sites: {
        type: "geojson",
        data: {
          type: "FeatureCollection",
          features: sites.map(([id, kind, name, lon, lat]) => ({
            type: "Feature",
            geometry: { type: "Point", coordinates: [lon, lat] },
            properties: { id, name, kind: KIND_OF[kind] ?? "evacuation_site" },
          })),
        },
      },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": COLOURS.ground } },
      {
        id: "district",
        type: "fill",
        source: "districts",
        "source-layer": "districts",
        paint: { "fill-color": COLOURS.district },
      },
      {
        id: "border",
        type: "line",
        source: "districts",
        "source-layer": "districts",
        paint: { "line-color": COLOURS.border, "line-width": 1.5 },
      },
      {
        id: "site",
        type: "circle",
        source: "sites",
        paint: {
          "circle-radius": 6,
          "circle-stroke-width": 2,
          "circle-stroke-color": "#ffffff",
          "circle-color": [
            "match",
            ["get", "kind"],
            "shelter",
            COLOURS.shelter,
            "evacuation_building",
            COLOURS.evacuation_building,
            COLOURS.evacuation_site,
          ],
        },
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
