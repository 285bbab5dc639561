package probe

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
)

// Distortion is one distortion at one strength, for the invariance meter.
type Distortion struct {
	Name     string            `json:"name"`
	Strength float64           `json:"strength"`
	View     data.Augmentation `json:"-"`
}

// Invariance is what a distortion does to a representation: the mean distance between a view and its image over the mean
// distance between two images (jem.DistanceRatio), 0 if nothing is to be seen of it, about 1 if the view might be of another
// image; for h, for z and for the pixels themselves.
type Invariance struct {
	Distortion
	H      float64 `json:"h"`
	Z      float64 `json:"z"`
	Pixels float64 `json:"pixels"`
}

// Distortions returns the usual distortions of images like in, each alone at growing strengths: crops of a least area, a mirror,
// brightness, contrast, blur, erased boxes and noise; of colour images hue and saturation too.
func Distortions(in data.Input) []Distortion {
	side := in.Height
	plain := data.Augmentation{Size: side}
	var all []Distortion
	add := func(name string, strengths []float64, change func(a *data.Augmentation, strength float64)) {
		for _, s := range strengths {
			a := plain
			change(&a, s)
			all = append(all, Distortion{name, s, a})
		}
	}
	add("crop to an area of", []float64{0.8, 0.5, 0.3}, func(a *data.Augmentation, s float64) {
		a.Crop = data.RandomResizedCrop{Area: [2]float64{s, s}, Ratio: [2]float64{3. / 4, 4. / 3}, Antialias: true}
	})
	add("mirror", []float64{1}, func(a *data.Augmentation, s float64) { a.Flip.P = s })
	add("brightness", []float64{0.2, 0.4, 0.8}, func(a *data.Augmentation, s float64) { a.Jitter = data.ColorJitter{P: 1, Brightness: s} })
	add("contrast", []float64{0.2, 0.4, 0.8}, func(a *data.Augmentation, s float64) { a.Jitter = data.ColorJitter{P: 1, Contrast: s} })
	if in.Channels == 3 {
		add("saturation", []float64{0.4, 0.8}, func(a *data.Augmentation, s float64) { a.Jitter = data.ColorJitter{P: 1, Saturation: s} })
		add("hue", []float64{0.1, 0.3, 0.5}, func(a *data.Augmentation, s float64) { a.Jitter = data.ColorJitter{P: 1, Hue: s} })
	}
	add("blur", []float64{0.5, 1, 2}, func(a *data.Augmentation, s float64) {
		a.Blur = data.GaussianBlur{P: 1, Kernel: min(side/2*2-1, 9), Sigma: [2]float64{s, s}}
	})
	add("erased share", []float64{0.05, 0.1, 0.2}, func(a *data.Augmentation, s float64) {
		a.Erase = data.Erase{P: 1, Area: [2]float64{s, s}, Ratio: [2]float64{0.5, 2}}
	})
	add("noise", []float64{0.05, 0.1, 0.2}, func(a *data.Augmentation, s float64) { a.Noise = data.GaussianNoise{P: 1, Std: s} })
	return all
}

// MeasureInvariance returns, for each distortion, how far it moves the representations that the method's trained x branch, in
// the store, gives images, of which there must be two or more; seed draws the views. It returns an error if a distortion does not
// fit the images or the backend fails.
func MeasureInvariance(be compute.Backend, store *model.Store, m jem.Method, in data.Input, images data.Images, distortions []Distortion, seed int64) ([]Invariance, error) {
	if images.Len() < 2 {
		return nil, fmt.Errorf("invariance: %d images; want 2 or more to compare", images.Len())
	}
	resident, err := data.Resident(be, images, in)
	if err != nil {
		return nil, err
	}
	defer resident.FinalizeAll()
	random := model.NewStore() // the views' randomness, apart from the run's
	if err := random.SetRNGStateFromSeed(seed); err != nil {
		return nil, err
	}
	represent := func(view data.Augmentation) ([]jem.H, error) {
		x, err := model.CallOnce(be, random, func(s *model.Scope, images *Node) *Node { return view.Apply(s, in.Float(images)) }, resident)
		if err != nil {
			return nil, err
		}
		defer x.FinalizeAll()
		out, err := model.CallOnceN(be, store, func(s *model.Scope, x *Node) []*Node {
			h, z := m.Represent(s, in.Standardize(x))
			return []*Node{h, z, Reshape(x, images.Len(), -1)}
		}, x)
		if err != nil {
			return nil, err
		}
		var rows []jem.H
		for _, t := range out {
			flat, err := tensors.CopyFlatData[float32](t)
			if err != nil {
				return nil, err
			}
			rows = append(rows, jem.H{N: images.Len(), D: t.Shape().Dim(-1), Data: flat})
			t.FinalizeAll()
		}
		return rows, nil
	}
	still, err := represent(data.Augmentation{Size: in.Height})
	if err != nil {
		return nil, err
	}
	var all []Invariance
	for _, d := range distortions {
		if err := d.View.Validate(in); err != nil {
			return nil, fmt.Errorf("distortion %s %g: %w", d.Name, d.Strength, err)
		}
		moved, err := represent(d.View)
		if err != nil {
			return nil, fmt.Errorf("distortion %s %g: %w", d.Name, d.Strength, err)
		}
		all = append(all, Invariance{d, jem.DistanceRatio(still[0], moved[0]), jem.DistanceRatio(still[1], moved[1]), jem.DistanceRatio(still[2], moved[2])})
	}
	return all, nil
}
