// Package figures draws every plot and diagram of the project: plain numbers in, a Figure out.
//
// A constructor (Training, ViewGrid, Embedding, …) never fails and never draws: it returns a *Figure, which draws when
// its bytes are asked for, so that a cell may be one line:
//
//	figures.Show(figures.Spectrum(series))
//
// Input that cannot be drawn (lengths that do not fit, an image of the wrong size) makes a Figure whose Bytes, Save and
// Show return the error. Input that is merely missing is drawn as far as it goes: without data the figure says "no data
// yet", and values that are not finite are left out and counted in a note.
//
// Lengths are in inches at the surface and in points (1/72 inch) inside. The same input gives the same bytes as
// SVG and as PNG. All colours, sizes and line widths stand in theme.go.
package figures
