package figures

import (
	"image"

	xdraw "golang.org/x/image/draw"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// raster renders the figure as an image of that many pixels an inch.
func (f *Figure) raster(dpi int) (image.Image, error) {
	c := rasterCanvas{vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi))}
	if err := f.paint(c); err != nil {
		return nil, err
	}
	return c.Image(), nil
}

// rasterCanvas is gonum's, but for images: their pixels stay squares, where gonum's would be blurred.
type rasterCanvas struct{ *vgimg.Canvas }

// DrawImage draws img, scaled to r by nearest neighbour. It ignores rotation and translation.
func (c rasterCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	_, height := c.Size()
	at := func(x, y vg.Length) image.Point {
		return image.Pt(int(x.Dots(c.DPI())+0.5), int((height-y).Dots(c.DPI())+0.5))
	}
	to := image.Rectangle{Min: at(r.Min.X, r.Max.Y), Max: at(r.Max.X, r.Min.Y)}
	xdraw.NearestNeighbor.Scale(c.Image(), to, img, img.Bounds(), xdraw.Over, nil)
}
