package claim

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/run"
)

// findings returns one of every claim, of outcomes that are made up.
func findings(t *testing.T) map[int]Finding {
	s := small(t, All()[0])
	s.Budget = run.Lab
	full := s
	full.Budget = run.Full // every variant of claim 16
	steps := func(m float64) []slowStep { return []slowStep{{start: 0, ratio: 1 - m, off: 1e-9, rounding: 1e-6}} }
	ends := func(v float64) []endsCourse {
		return []endsCourse{{Values{v}, Values{1 - v}, Values{1}, Values{v}, Values{1 - v}}}
	}
	distorted := measuredInvariances(s.Data.Input, func(string) (start, trained, unmirrored float64) { return 0.8, 0.3, 0.6 })
	pictures := made([3]float64{80, 82, 84}, [3]float64{10, 12, 14})
	pictures[0].Rows = []PictureRow{{Pictures: []Picture{{Caption: "ankle boot"}, {Caption: "shifted: pixels 1.25, h 0.50"}, {Caption: "shirt: pixels 0.75, h 1.50"}}}}
	return map[int]Finding{
		1:  judgeStages(s, []stage{madeStage(s, 0)}, []stage{madeStage(s, 1)}),
		2:  judgeLearners(s, accuracies(s, map[string]float64{"simclr": 50})),
		3:  judgeCourses(s, courses(s, 0.0625, 60, 70, 80, 85)),
		4:  judgeDistances(s, pictures),
		5:  judgeDifficulties(s, ladderOf(s, [4]float64{99, 80, 40, 10}, [4]float64{60, 70, 75, 65})),
		6:  judgeTailored(s, networksOf([3]float64{70, 75, 65}, [3]float64{70, 75, 65}, [3]float64{70, 75, 80})),
		7:  judgeInvariances(s, distorted),
		8:  judgeCollapses(s, ended(s, "", "")),
		9:  judgeNorms(normLosses(), [][]descent{{madeDescent(2)}, {madeDescent(0)}, {madeDescent(0)}}),
		10: judgePushes(s, []pushes{madePushes(s)}),
		11: judgeBanks(s, costing(s, 1, 2)),
		12: judgeAges(s, aged(.5, .3, .2, .1)),
		13: judgeEnds([][]endsCourse{ends(1), ends(.1), ends(0)}),
		14: judgeRates([][]slowStep{steps(0.5), steps(0.9), steps(0.99)}),
		15: judgeMomenta(s, momentaOf([4]float64{80, 83, 85, 82}, [4]float64{80, 83, 85, 82})),
		16: judgeSetups(full, setupsOf(full, 85, 80, jem.CompleteCollapse, diverged, jem.AtSignature)),
		17: judgeSpaces(s, spacesOf(s, .9, .8, .5)),
	}
}

// madeStage has gradients on the encoder, or none.
func madeStage(s Setup, encoder float64) stage {
	x := stage{loss: 2, later: 1, gradients: slices.Repeat([]float64{encoder}, len(parts(s.Method.Backbone))), changed: shares{90 * encoder, 0, 80}}
	x.gradients[len(x.gradients)-1] = 1
	return x
}

// madeDescent has a norm that grows by pull a step.
func madeDescent(pull float64) descent {
	d := descent{Scaled: make(Values, len(normScales))}
	for step := range 101 {
		d.Norm, d.Pull = append(d.Norm, 1+pull*float64(step)), append(d.Pull, pull)
	}
	return d
}

// madePushes has the push equal on all negatives.
func madePushes(s Setup) pushes {
	p := pushes{images: 32, rows: []PictureRow{{Pictures: []Picture{{Caption: "sandal"}, {}, {Caption: "sneaker 0.93", Mark: Wrong}}}}}
	for i, beta := range betas(s) {
		share := make(Values, 62)
		for k := range share {
			share[k] = min(100, float64((i+1)*(k+1)))
		}
		p.shares = append(p.shares, share)
		p.anchor = append(p.anchor, Curve{Name: "β = " + short(beta), X: Values{0, 1}, Y: Values{1, 2}})
	}
	return p
}

// textsOf returns what is read of a result: the lines that are printed, cell by cell, and the texts of the figures.
func textsOf(r Result) []string {
	var all []string
	for line := range strings.Lines(r.String()) {
		for cell := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(line), ";"), "  ") {
			all = append(all, strings.TrimSpace(cell))
		}
	}
	for _, f := range r.Figures {
		all = append(all, f.Alt, f.Caption)
		for _, c := range f.Charts {
			all = append(all, c.Title, c.XLabel)
			for _, k := range c.Curves {
				all = append(all, k.Name)
			}
		}
		for _, b := range f.Bars {
			all = append(all, b.Title)
			for _, m := range b.Bars {
				all = append(all, m.Name)
			}
		}
		for _, row := range f.Rows {
			all = append(all, row.Name)
			for _, p := range row.Pictures {
				all = append(all, p.Caption)
			}
		}
	}
	return all
}

// sameWords are names, and words of both languages.
var sameWords = strings.Fields("simclr moco simsiam barlow twins InfoNCE MoCo SimCLR NaN autoencoder jigsaw shapes full budget sim std backbone batch momentum finetuning softmax " +
	"classes directions distance distances Distances extraction gradient image images invariance invariant normalisation pixels place points " +
	"reconstruction reconstructions rotation saturation signature technique test validation variance verdict version versions")

func wordsOf(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 3 || slices.Contains(sameWords, w) })
}

// Every word that a claim says has its French in package figures, which says it once: French is not translated again.
func TestClaimsSpeakFrench(t *testing.T) {
	t.Cleanup(func() { figures.Language = figures.English })
	all := findings(t)
	for _, c := range All() {
		f, ok := all[c.Number]
		if !ok {
			t.Errorf("claim %d is not looked at", c.Number)
		}
		r := Result{Claim: c.Number, Sentence: c.Sentence, Protocol: Protocol{Budget: run.Full, Seeds: []int64{1, 2, 3}}, Finding: f}
		r.Protocol.Data.Name = "shapes"
		figures.Language = figures.French
		for _, text := range textsOf(r) {
			said := figures.Translate(text)
			for _, word := range wordsOf(said) {
				if slices.Contains(wordsOf(text), word) {
					t.Errorf("claim %d: %q is not French in %q, of %q", c.Number, word, said, text)
				}
			}
			if again := figures.Translate(said); again != said {
				t.Errorf("claim %d: %q becomes %q when it is translated again", c.Number, said, again)
			}
		}
		figures.Language = figures.English
	}
}
