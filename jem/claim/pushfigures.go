package claim

import (
	"fmt"
	"slices"

	"jemlab/jem"
)

// betasShown are the β with a curve, pushesShown bounds its points, and leastPush is the least push that it shows.
var betasShown = []float64{1, 5, 20, 100}

const (
	pushesShown = 100
	leastPush   = 1e-7
)

// pushCurve returns the gradient over β on negatives of an anchor against their similarity.
func pushCurve(beta float64, negatives []int, similarity, gradient []float32) Curve {
	c := Curve{Name: "β = " + short(beta)}
	for k := 0; k < len(negatives); k += (len(negatives) + pushesShown - 1) / pushesShown {
		j := negatives[k]
		if push := float64(gradient[j]) / beta; push >= leastPush {
			c.X, c.Y = append(c.X, float64(similarity[j])), append(c.Y, push)
		}
	}
	slices.Reverse(c.X)
	slices.Reverse(c.Y)
	return c
}

// pushFigure shows the push on the negatives of an anchor, and how it is shared among them.
func pushFigure(s Setup, all []pushes) Figure {
	push := Chart{Title: "push on a negative, gradient / β", XLabel: "similarity to the anchor", LogY: true}
	share := Chart{Title: "share of the push, %", XLabel: "hardest negatives of an anchor", LogX: true, YMax: 100}
	var count Values // up to half of all: the rest gets little
	for k := range len(all[0].shares[0]) / 2 {
		count = append(count, float64(k+1))
	}
	for b, beta := range betas(s) {
		if !slices.Contains(betasShown, beta) {
			continue
		}
		var seeds []Values
		for _, p := range all {
			seeds = append(seeds, p.shares[b])
		}
		of := all[0].anchor[b]
		push.Curves, share.Curves = append(push.Curves, of), append(share.Curves, curve(of.Name, count, seeds, false))
	}
	return Figure{
		Name: "claim-10-push", Alt: "how hard InfoNCE pushes on negatives against their similarity, and the share of the push on the hardest, by β", Charts: []Chart{push, share},
		Caption: "Left: ∂L/∂sim / β by automatic differentiation, for the negatives of one anchor: the softmax weight, a line of slope β on the logarithmic axis. Right: share of the push on so many of the hardest negatives, mean of the anchors; bands: the least and the greatest over the seeds.",
	}
}

// negativesFigure shows anchors with their hardest negatives.
func negativesFigure(p pushes) Figure {
	return Figure{
		Name: "claim-10-negatives", Alt: "views of images beside the negatives that InfoNCE pushes hardest", Rows: p.rows,
		Caption: "Left: an anchor. Right: its hardest negatives with their similarity. Red frames: false negatives, of the anchor's own class.",
	}
}

// hardestShown is how many negatives are shown of each of anchorsShown anchors.
const (
	hardestShown = 7
	anchorsShown = 5
)

// pictures makes a row of pictures for some anchors, each of another class, and counts which negatives are of the anchor's class.
func (p *pushes) pictures(classes []string, v views, similarity jem.H, order [][]int) {
	labels, shown := v.images.Labels, map[int32]bool{}
	n, own, all := len(labels), 0, 0
	for i, negatives := range order {
		hardest := negatives[:min(hardestShown, len(negatives))]
		for _, j := range hardest {
			if labels[j%n] == labels[i] {
				own++
			}
		}
		for _, j := range negatives {
			if labels[j%n] == labels[i] {
				all++
			}
		}
		if len(p.rows) == anchorsShown || shown[labels[i]] {
			continue
		}
		shown[labels[i]] = true
		anchor := v.picture(i)
		anchor.Caption = classes[labels[i]]
		row := []Picture{anchor, {}}
		for _, j := range hardest {
			picture := v.picture(j)
			picture.Caption = fmt.Sprintf("%s %.2f", classes[labels[j%n]], similarity.Row(i)[j])
			if labels[j%n] == labels[i] {
				picture.Mark = Wrong
			}
			row = append(row, picture)
		}
		p.rows = append(p.rows, PictureRow{Pictures: row})
	}
	p.own = 100 * float64(own) / float64(n*min(hardestShown, len(order[0])))
	p.chance = 100 * float64(all) / float64(n*len(order[0]))
}
