package claim

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"jemlab/data"
	"jemlab/jem"
)

// distances is what claim 4 measures with one seed.
type distances struct {
	Images int          `json:"images"`
	Of     []distance   `json:"of"` // the representations, in order
	Rows   []PictureRow `json:"rows"`
}

// distance is what one representation makes of the changes.
type distance struct {
	Nearest Values   `json:"nearest"` // percent of images that a shift moves farther than the nearest image of another class, by the shift
	Random  Values   `json:"random"`  // than a random image of another class
	Ratios  []Values `json:"ratios"`  // of each move, by its strength: distance over the mean distance between images of two classes
}

// measureDistances measures all representations on images that the seed draws, changed in the same way.
func measureDistances(ctx context.Context, s Setup, seed int64) (distances, error) {
	r := rand.New(rand.NewPCG(uint64(seed), 4))
	images := drawn(r, s.Data.Test.Labelled(), at(s.Budget, 64, 400, 600))
	if err := twoClasses(images.Labels); err != nil {
		return distances{}, err
	}
	out := distances{Images: images.Len()}
	changed := make([][][]uint8, len(moves()))
	for i, m := range moves() {
		for _, strength := range m.strengths {
			var all []uint8
			for k := range images.Len() {
				all = append(all, m.apply(r, images.Image(k), s.Data.Input, strength)...)
			}
			changed[i] = append(changed[i], all)
		}
	}
	pick := make([]int, images.Len()) // an image of another class
	for i := range pick {
		for pick[i] = r.IntN(len(pick)); images.Labels[pick[i]] == images.Labels[i]; {
			pick[i] = r.IntN(len(pick))
		}
	}
	var seen []geometry
	for _, rep := range distanceRepresentations(s) {
		embed, err := rep.open(ctx, s, seed)
		if err != nil {
			return out, fmt.Errorf("%s: %w", rep.name, err)
		}
		g, err := newGeometry(embed, images, changed, pick)
		if err != nil {
			return out, fmt.Errorf("%s: %w", rep.name, err)
		}
		out.Of, seen = append(out.Of, g.distance()), append(seen, g)
	}
	out.Rows = fooled(s.Data, images, changed[0], seen[0], seen[len(seen)-1])
	return out, nil
}

// drawn returns n of the images, or all of them, in a random order.
func drawn(r *rand.Rand, images data.Images, n int) data.Images {
	return images.Subset(r.Perm(images.Len())[:min(n, images.Len())])
}

func twoClasses(labels []int32) error {
	for _, c := range labels {
		if c != labels[0] {
			return nil
		}
	}
	return fmt.Errorf("%d test images are not of two classes; choose a dataset with labels", len(labels))
}

// geometry is where a representation puts the images and their changed versions.
type geometry struct {
	still   jem.H      // the images themselves
	others  float64    // mean distance between images of two classes
	nearest []float64  // distance of each image to the nearest of another class
	which   []int      // that image
	random  []float64  // distance of each image to a random one of another class
	moved   [][]Values // [move][strength][image]: its distance to the changed version
}

// newGeometry embeds images and changed versions, [move][strength]; pick is an image of another class for each.
func newGeometry(embed func([]uint8) (jem.H, error), images data.Images, changed [][][]uint8, pick []int) (geometry, error) {
	still, err := embed(images.Pixels)
	if err != nil {
		return geometry{}, err
	}
	g := newOthers(still, images.Labels, pick)
	for _, strengths := range changed {
		var of []Values
		for _, pixels := range strengths {
			h, err := embed(pixels)
			if err != nil {
				return g, err
			}
			d := make(Values, h.N)
			for i := range d {
				d[i] = euclid(still.Row(i), h.Row(i))
			}
			of = append(of, d)
		}
		g.moved = append(g.moved, of)
	}
	return g, nil
}

// newOthers measures the distances to images of other classes.
func newOthers(h jem.H, labels []int32, pick []int) geometry {
	g := geometry{still: h, nearest: make([]float64, h.N), which: make([]int, h.N), random: make([]float64, h.N)}
	for i := range g.nearest {
		g.nearest[i] = math.Inf(1)
	}
	pairs := 0
	closer := func(i, j int, d float64) {
		if d < g.nearest[i] {
			g.nearest[i], g.which[i] = d, j
		}
	}
	for i := range h.N {
		for j := range i {
			if labels[i] == labels[j] {
				continue
			}
			d := euclid(h.Row(i), h.Row(j))
			closer(i, j, d)
			closer(j, i, d)
			g.others += d
			pairs++
		}
		g.random[i] = euclid(h.Row(i), h.Row(pick[i]))
	}
	g.others /= float64(pairs)
	return g
}

// distance sums up the geometry.
func (g geometry) distance() distance {
	d := distance{}
	for _, shifted := range g.moved[0] {
		d.Nearest, d.Random = append(d.Nearest, farther(shifted, g.nearest)), append(d.Random, farther(shifted, g.random))
	}
	for _, strengths := range g.moved {
		var ratios Values
		for _, moved := range strengths {
			ratios = append(ratios, mean(moved)/g.others)
		}
		d.Ratios = append(d.Ratios, ratios)
	}
	return d
}

// farther returns the percentage of images whose first distance is greater than the second.
func farther(a, b []float64) float64 {
	n := 0
	for i := range a {
		if a[i] > b[i] {
			n++
		}
	}
	return 100 * float64(n) / float64(len(a))
}

// euclid returns the Euclidean distance.
func euclid(u, v []float32) float64 {
	sum := 0.0
	for k := range u {
		d := float64(u[k] - v[k])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// mostFooled is how many images are shown, and fooledShift the index of the shift that they are shown with: 2 pixels.
const (
	mostFooled  = 5
	fooledShift = 1
)

// fooled returns images, each of another class, whose shifted version is farther in pixels than an image of another class.
func fooled(ds *data.Dataset, images data.Images, shifts [][]uint8, pixels, h geometry) []PictureRow {
	var rows []PictureRow
	in, shown := ds.Input, map[int32]bool{}
	picture := func(image []uint8, caption string, mark Mark) Picture {
		return Picture{Height: in.Height, Width: in.Width, Channels: in.Channels, Pixels: image, Caption: caption, Mark: mark}
	}
	for i, label := range images.Labels {
		moved, other := pixels.moved[0][fooledShift][i], pixels.which[i]
		if len(rows) == mostFooled || shown[label] || moved <= pixels.nearest[i] {
			continue
		}
		shown[label] = true
		rows = append(rows, PictureRow{Pictures: []Picture{
			picture(images.Image(i), ds.Classes[label], ""),
			picture(shifts[fooledShift][i*in.Size():(i+1)*in.Size()],
				fmt.Sprintf("shifted: pixels %.2f, h %.2f", moved/pixels.others, h.moved[0][fooledShift][i]/h.others), Right),
			picture(images.Image(other),
				fmt.Sprintf("%s: pixels %.2f, h %.2f", ds.Classes[images.Labels[other]], pixels.nearest[i]/pixels.others, euclid(h.still.Row(i), h.still.Row(other))/h.others), Wrong),
		}})
	}
	return rows
}
