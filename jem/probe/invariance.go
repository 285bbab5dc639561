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
	add("area of the crop", []float64{0.8, 0.5, 0.3}, func(a *data.Augmentation, s float64) {
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
	d, err := Distort(be, in, images, distortions, seed)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Measure(store, m)
}

// Distorted holds images and a view of each by every distortion, on the device, so that networks can be measured on the same views.
type Distorted struct {
	backend     compute.Backend
	input       data.Input
	distortions []Distortion
	views       []*tensors.Tensor // float32 [N, H, W, C] in [0, 1]: the images as they are, then their views by each distortion
}

// Distort makes the views of images, of which there must be two or more; seed draws them. It returns an error if a distortion does
// not fit the images or the backend fails. The caller closes what it returns.
func Distort(be compute.Backend, in data.Input, images data.Images, distortions []Distortion, seed int64) (*Distorted, error) {
	if images.Len() < 2 {
		return nil, fmt.Errorf("invariance: %d images; want 2 or more to compare", images.Len())
	}
	resident, err := data.Resident(be, images, in)
	if err != nil {
		return nil, err
	}
	defer resident.FinalizeAll()
	random := model.NewStore() // the views' randomness, apart from a run's
	if err := random.SetRNGStateFromSeed(seed); err != nil {
		return nil, err
	}
	d := &Distorted{backend: be, input: in, distortions: distortions}
	asTheyAre := Distortion{Name: "none", View: data.Augmentation{Size: in.Height}}
	for _, by := range append([]Distortion{asTheyAre}, distortions...) {
		err := by.View.Validate(in)
		if err == nil {
			var view *tensors.Tensor
			view, err = model.CallOnce(be, random, func(s *model.Scope, images *Node) *Node { return by.View.Apply(s, in.Float(images)) }, resident)
			d.views = append(d.views, view)
		}
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("distortion %s %g: %w", by.Name, by.Strength, err)
		}
	}
	return d, nil
}

// Close frees the views.
func (d *Distorted) Close() {
	for _, v := range d.views {
		if v != nil {
			v.FinalizeAll()
		}
	}
}

// Measure returns, for each distortion, how far it moves the representations that the method's x branch, in the store, gives the
// images. A store without weights gets its first.
func (d *Distorted) Measure(store *model.Store, m jem.Method) ([]Invariance, error) {
	network, err := model.NewExec(d.backend, store, func(s *model.Scope, x *Node) []*Node {
		h, z := m.Represent(s, d.input.Standardize(x))
		return []*Node{h, z, Reshape(x, x.Shape().Dim(0), -1)}
	})
	if err != nil {
		return nil, err
	}
	defer network.Finalize()
	represent := func(view *tensors.Tensor) ([]jem.H, error) {
		out, err := network.Call(view)
		if err != nil {
			return nil, err
		}
		var rows []jem.H
		for _, t := range out {
			flat, err := tensors.CopyFlatData[float32](t)
			if err != nil {
				return nil, err
			}
			rows = append(rows, jem.H{N: t.Shape().Dim(0), D: t.Shape().Dim(-1), Data: flat})
			t.FinalizeAll()
		}
		return rows, nil
	}
	still, err := represent(d.views[0])
	if err != nil {
		return nil, err
	}
	var all []Invariance
	for i, by := range d.distortions {
		moved, err := represent(d.views[i+1])
		if err != nil {
			return nil, fmt.Errorf("distortion %s %g: %w", by.Name, by.Strength, err)
		}
		all = append(all, Invariance{by, jem.DistanceRatio(still[0], moved[0]), jem.DistanceRatio(still[1], moved[1]), jem.DistanceRatio(still[2], moved[2])})
	}
	return all, nil
}
