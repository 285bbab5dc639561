package figures

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Stages is what the diagram of the two stages shows. An empty string is left out.
type Stages struct {
	Title                string
	Unlabelled, Labelled Picture // an image of each stage; may be empty
	Pretraining          string  // under the loss of stage 1: the method
	Task                 string  // under the labels: the downstream task
}

// Words of the diagram of the two stages.
const (
	wordPretraining = "stage 1  pretraining"
	wordEvaluation  = "stage 2  evaluation"
	wordUnlabelled  = "unlabelled images"
	wordLabelled    = "labelled images"
	wordLabels      = "labels"
	wordWeights     = "pretrained weights"
	wordDsTH        = "DsTH"
	wordDownstream  = "downstream task head"
	wordExtraction  = "feature extraction: the backbone does not change"
	wordFinetuning  = "finetuning: the backbone changes too"
	wordDifference  = "is the only difference"
	altStages       = "Diagram of the two stages. Stage 1, pretraining: unlabelled images pass the backbone, which the pretraining loss%s trains. " +
		"Stage 2, evaluation: the backbone begins with the pretrained weights; labelled images pass it and become h, from which DsTH, the " +
		"downstream task head, predicts; a loss compares its prediction with the labels%s. In feature extraction a stop-gradient stands " +
		"between the backbone and DsTH, so that only DsTH learns; in finetuning there is none, and the backbone learns too. Nothing else differs."
)

// TwoStages returns the diagram of pretraining, and of evaluation by feature extraction, above, and by finetuning, below, which
// the stop-gradient alone tells apart: on the gradient's way from the loss back it stands before the backbone. It is the
// lecture's figure 2. A picture whose bytes do not fit its size makes a figure that fails.
func TwoStages(s Stages) *Figure {
	if err := checkPictures(s.Unlabelled, s.Labelled); err != nil {
		return failed("two-stages", "%w", err)
	}
	return New("two-stages", Say(altStages, inBrackets(s.Pretraining), inBrackets(s.Task)), FullWidth, 3.8, func(c draw.Canvas) {
		d := stages{sketch{c}, s, [2]vg.Length{c.Max.Y - 106, c.Min.Y + 66}}
		d.title(s.Title)
		d.pretraining()
		d.weights()
		d.evaluation()
	})
}

// stages is where the two rows of stage 2 stand.
type stages struct {
	sketch
	Stages
	rows [2]vg.Length
}

// Middles of the parts, from the left edge.
const (
	firstImagesX   = 28
	firstBackboneX = 112
	firstLossX     = 203
	imagesX        = 262
	backboneX      = 351
	headX          = 515
	lossX          = 606
)

func (d stages) at(x, y vg.Length) vg.Point { return pt(d.Min.X+x, y) }

func (d stages) mid() vg.Length { return (d.rows[0] + d.rows[1]) / 2 }

// pretraining draws stage 1.
func (d stages) pretraining() {
	y := d.mid()
	d.heading(d.Min.X+firstBackboneX, wordPretraining)
	end := d.images(d.at(firstImagesX, y), d.Unlabelled, 3)
	d.under(d.at(firstImagesX+6, y-stackSize/2), wrap(styleTick, wordUnlabelled, 60))
	arrow(d, faint, lineThin, pt(end, y), d.at(firstBackboneX-nodeWidth/2, y))
	d.node(around(d.at(firstBackboneX, y), nodeWidth, nodeHeight), ColorLoss, wordBackbone, "")
	arrow(d, ColorLoss, lineThin, d.at(firstBackboneX+nodeWidth/2, y), d.at(firstLossX-energyRadius, y))
	d.symbol(d.Min.X+(firstBackboneX+nodeWidth/2+firstLossX-energyRadius)/2-2, y+7, "h", "")
	d.lossAt(d.at(firstLossX, y))
	d.under(d.at(firstLossX, y-energyRadius), twoLines(styleTick, d.Pretraining, 60))
}

// stackSize is the side of the images that stand for many.
const stackSize = 40

// images draws a picture in front of n others. It returns where an arrow begins, to the right of them.
func (d stages) images(at vg.Point, p Picture, n int) vg.Length {
	place := around(at, stackSize, stackSize)
	d.sheets(place, n)
	if img := p.image(); img != nil {
		d.DrawImage(place, img)
	}
	return place.Max.X + vg.Length(n)*sheetShift
}

// weights draws how both backbones of stage 2 begin.
func (d stages) weights() {
	mid := d.mid()
	for _, row := range d.rows {
		side := vg.Length(1)
		if row < mid {
			side = -1
		}
		edge := row + side*nodeHeight/2
		turn := edge + side*weightsGap
		arrow(d, faint, lineThin, d.at(firstBackboneX, mid+side*nodeHeight/2), d.at(firstBackboneX, turn), d.at(backboneX, turn), d.at(backboneX, edge))
		d.onLine(d.at((firstBackboneX+backboneX)/2, turn), wordWeights)
	}
}

// weightsGap is how far above a row its weights come along.
const weightsGap = 26

// evaluation draws stage 2 in both ways.
func (d stages) evaluation() {
	mid := d.mid()
	d.heading(d.Min.X+(backboneX+headX)/2, wordEvaluation)
	d.images(d.at(imagesX, mid), d.Labelled, 1)
	for i, line := range wrap(styleTick, wordLabelled, 50) {
		writeMiddle(d, styleTick, d.Min.X+imagesX+stackSize/2+10, mid+6-vg.Length(i)*11, left, line)
	}
	labels := around(d.at(lossX, mid), 64, nodeHeight)
	d.node(labels, ColorControl, wordLabels, d.Task)
	for i, y := range d.rows {
		side, name := vg.Length(1), wordExtraction
		if i == 1 {
			side, name = -1, wordFinetuning
		}
		arrow(d, faint, lineThin, d.at(imagesX, mid+side*(stackSize/2+(1+side)*sheetShift/2)), d.at(imagesX, y), d.at(backboneX-nodeWidth/2, y))
		writeMiddle(d, styleLabel.strong(), d.Min.X+backboneX+12, y+side*(nodeHeight/2+weightsGap/2), left, name)
		d.downstream(y)
		arrow(d, faint, lineThin, d.at(lossX, mid+side*nodeHeight/2), d.at(lossX, y-side*energyRadius))
	}
	x := d.Min.X + (backboneX+headX)/2
	d.stop(x, d.rows[0])
	write(d, styleTick, x, d.rows[0]-31, center, wordDifference)
}

// downstream draws a row of stage 2 from its backbone on.
func (d stages) downstream(y vg.Length) {
	d.node(around(d.at(backboneX, y), nodeWidth, nodeHeight), ColorLoss, wordBackbone, "")
	arrow(d, ColorLoss, lineThin, d.at(backboneX+nodeWidth/2, y), d.at(headX-nodeWidth/2, y))
	d.symbol(d.Min.X+backboneX+nodeWidth/2+symbolGap/2-2, y+7, "h", "")
	d.node(around(d.at(headX, y), nodeWidth, nodeHeight), ColorKNN, wordDsTH, wordDownstream)
	arrow(d, ColorKNN, lineThin, d.at(headX+nodeWidth/2, y), d.at(lossX-energyRadius, y))
	d.symbol(d.Min.X+(headX+nodeWidth/2+lossX-energyRadius)/2-2, y+7, "y\u0302", "")
	d.lossAt(d.at(lossX, y))
}

// inBrackets returns a text in brackets after a space, nothing if there is none.
func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + Translate(text) + ")"
}
