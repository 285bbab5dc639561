package claim

import (
	"math"
	"slices"
	"testing"

	"jemlab/data"
	"jemlab/jem/probe"
)

// measuredInvariances returns measurements of three seeds: of the networks' h by the distortion, a little more with every seed.
func measuredInvariances(in data.Input, of func(name string) (start, trained, unmirrored float64)) []invariances {
	var all []invariances
	for seed := range 3 {
		var x invariances
		for _, d := range probe.Distortions(in) {
			start, trained, unmirrored := of(d.Name)
			for to, v := range map[*shifts]float64{&x.Start: start, &x.Trained: trained, &x.Unmirrored: unmirrored} {
				v += 0.01 * float64(seed) * v * d.Strength
				to.H, to.Z, to.Pixels = append(to.H, v), append(to.Z, v/2), append(to.Pixels, 0.9)
			}
		}
		all = append(all, x)
	}
	return all
}

// The claim is about every distortion that makes the views, and about the mirror where it is left out; the verdict follows the numbers.
func TestJudgeInvariances(t *testing.T) {
	s := small(t, learnedInvariance())
	except := func(name string, start, trained, unmirrored float64) []invariances {
		return measuredInvariances(s.Data.Input, func(of string) (float64, float64, float64) {
			switch {
			case of == name:
				return start, trained, unmirrored
			case of == "mirror":
				return 0.8, 0.3, 0.6
			}
			return 0.8, 0.4, 0.4
		})
	}
	for name, tc := range map[string]struct {
		all  []invariances
		want Verdict
	}{
		"all fall, the mirror where it is seen":  {except("", 0, 0, 0), Supported},
		"a distortion that is not seen rises":    {except("blur", 0.5, 0.6, 0.7), Supported},
		"brightness rises":                       {except("brightness", 0.5, 0.6, 0.6), NotSupported},
		"the crop stays":                         {except("area of the crop", 0.5, 0.5, 0.5), Undecided},
		"the mirror rises":                       {except("mirror", 0.5, 0.6, 0.9), NotSupported},
		"the mirror falls as far where unseen":   {except("mirror", 0.8, 0.3, 0.3), Undecided},
		"the mirror falls farther where unseen":  {except("mirror", 0.8, 0.3, 0.2), NotSupported},
		"the mirror is as before where not seen": {except("mirror", 0.8, 0.3, 0.8), Supported},
	} {
		if f := judgeInvariances(s, tc.all); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	f := judgeInvariances(s, except("", 0, 0, 0))
	values := byName(f.Measurements)
	for name, want := range map[string]float64{"mirror: h": 0.3, "mirror: h, unmirrored": 0.6, "mirror: h, random start": 0.8, "noise: h": 0.4, "noise: z": 0.2, "area of the crop: pixels": 0.9} {
		if got := values[name]; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	var left []string
	for _, b := range f.Figures[len(f.Figures)-1].Bars {
		left = append(left, b.Title)
	}
	if want := []string{"mirror", "blur", "erased share", "noise"}; !slices.Equal(left, want) {
		t.Errorf("left out are %v, want %v", left, want)
	}
	crop := f.Figures[0].Charts[0].Curves[2]
	if want := (Values{0.3, 0.5, 0.8}); !slices.Equal(crop.X, want) || !(crop.High[0] < crop.High[2]) {
		t.Errorf("%s: %+v, want x %v", f.Figures[0].Charts[0].XLabel, crop, want)
	}
}

// The usual views of grey images and of colour are made with these distortions.
func TestMakes(t *testing.T) {
	grey, colour := data.Input{Height: 28, Width: 28, Channels: 1}, data.Input{Height: 32, Width: 32, Channels: 3}
	for _, tc := range []struct {
		in   data.Input
		want []string
	}{
		{grey, []string{"area of the crop", "mirror", "brightness", "contrast", "blur"}},
		{colour, []string{"area of the crop", "mirror", "brightness", "contrast", "saturation", "hue"}},
	} {
		var got []string
		places := 0
		for _, d := range distortionsOf(tc.in) {
			if d.first != places {
				t.Errorf("%s begins at %d, want %d", d.name, d.first, places)
			}
			places += len(d.values)
			if makes(data.PresetViews(tc.in).X, d.view) {
				got = append(got, d.name)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("views of %d channels are made with %v, want %v", tc.in.Channels, got, tc.want)
		}
		if n := len(probe.Distortions(tc.in)); places != n {
			t.Errorf("%d places, want %d", places, n)
		}
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestLearnedInvariance(t *testing.T) {
	s := tiny(t)
	r, err := learnedInvariance().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict == Supported {
		t.Errorf("supported by one seed: %s", r.Reason)
	}
	names := len(distortionsOf(s.Data.Input))
	controls := 0
	for _, m := range r.Measurements {
		if m.Control {
			controls++
		}
		if len(m.Values) != 1 || !(m.Values[0] > 0) || math.IsInf(m.Values[0], 0) {
			t.Errorf("%s = %v", m.Name, m.Values)
		}
	}
	values := byName(r.Measurements)
	if a, b, c := values["mirror: h"], values["mirror: h, unmirrored"], values["mirror: h, random start"]; a == b || b == c || c == a {
		t.Errorf("three networks measure %v, %v and %v", a, b, c)
	}
	if len(r.Measurements) != len(readings)*names || controls != 3*names {
		t.Errorf("%d controls among %d measurements of %d distortions", controls, len(r.Measurements), names)
	}
}
