package figures

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Pretext is what the diagram of a pretext task shows.
type Pretext struct {
	Title string
	Image Picture   // may be empty
	Maker string    // what makes x and its pseudo-label of the image, such as "rotates"
	X     []Picture // x; several are the tiles of x, row by row; each may be empty
	Label string    // the pseudo-label y, such as "90°"
	Head  string    // under the head: what it tells apart, such as "4 rotations"
}

// Words of the diagram of a pretext task.
const (
	wordPretext     = "pretext task"
	wordPseudoLabel = "pseudo-label y"
	wordHead        = "head"
	wordShared      = "shared weights"
	wordConcatenate = "concatenated"
	altPretext      = "Diagram of a pretext task. The task%s makes of an image the input x and a pseudo-label y%s. %s, from which a head%s " +
		"predicts the pseudo-label; the loss compares the prediction with y. The backbone is kept for stage 2, the head is not."
	altOneX  = "The backbone makes the representation h of x"
	altTiles = "The %d tiles of x pass one backbone, its weights shared, and their representations are concatenated"
)

// PretextTask returns the diagram of a pretext task, whose label is made of the image itself. Tiles pass one backbone, and the
// head sees their representations side by side. It is the lecture's figure 4. A picture whose bytes do not fit its size, and more
// than 36 tiles, make a figure that fails.
func PretextTask(t Pretext) *Figure {
	if err := checkPictures(append([]Picture{t.Image}, t.X...)...); err != nil {
		return failed("pretext-task", "%w", err)
	}
	if len(t.X) > maxTiles {
		return failed("pretext-task", "%d tiles, there is room for %d", len(t.X), maxTiles)
	}
	x := altOneX
	if len(t.X) > 1 {
		x = Say(altTiles, len(t.X))
	}
	alt := Say(altPretext, inBrackets(t.Maker), inBrackets(t.Label), x, inBrackets(t.Head))
	rows := min(max(len(t.X), 1), maxTileRows)
	extra, above := vg.Length(rows-1)*tileRow, vg.Length(90)
	room := vg.Length(2*viewSize + 2*nodeWidth + 2*plainRoom + 2*symbolGap + 2*energyRadius)
	if rows > 1 {
		room += tilesRoom
		above = 74 // nothing stands over the tiles
	} else {
		room += plainRoom + nodeWidth
	}
	return New("pretext-task", alt, FullWidth, float64((above+90+extra)/vg.Inch), func(c draw.Canvas) {
		p := newPipeline(c, room, c.Max.Y-above-extra/2)
		p.title(t.Title)
		p.source(t.Image, plain(faint))
		maker := p.network(ColorPretext, wordPretext, t.Maker, plain(faint))
		var backbone vg.Rectangle
		if rows > 1 {
			backbone = p.tiles(t.X, rows, plain(ColorLoss))
		} else {
			p.picture(first(t.X), "x", "", plain(faint))
			backbone = p.network(ColorLoss, wordBackbone, "", link{ColorLoss, symbolGap, "h"})
		}
		head := p.network(ColorRank, wordHead, t.Head, link{ColorRank, symbolGap, "y\u0302"})
		p.loss(maker, t.pseudoLabel())
		p.keeps(backbone, head)
	})
}

// pseudoLabel says that of x.
func (t Pretext) pseudoLabel() string {
	if t.Label == "" {
		return wordPseudoLabel
	}
	return Say("%s: %s", wordPseudoLabel, t.Label)
}

// source draws the image that all is made of.
func (p *pipeline) source(img Picture, next link) {
	if img.image() != nil {
		p.picture(img, "", wordImage, next)
		return
	}
	at := p.place(viewSize, viewSize/2, next)
	p.node(around(at, viewSize, nodeHeight), ColorControl, wordImage, "")
}

// first returns the first picture, an empty one if there is none.
func first(pictures []Picture) (p Picture) {
	if len(pictures) > 0 {
		p = pictures[0]
	}
	return p
}

// Sizes of the rows of tiles.
const (
	maxTiles    = 36
	maxTileRows = 3  // tiles that are drawn with their backbone; dots stand for the others
	tileRow     = 62 // points from row to row
	tileNode    = 34 // height of a backbone
	tileSize    = 28
	tileFan     = 24 // from x to the tiles
	tileArrow   = 18
	barWidth    = 14
	tilesRoom   = tileFan + tileSize + tileArrow + nodeWidth + symbolGap + barWidth
)

// tiles draws x cut into tiles, the first and the last of them on their way through the backbone, and the bar of what comes out. It
// returns where the last backbone is.
func (p *pipeline) tiles(pictures []Picture, rows int, next link) (backbone vg.Rectangle) {
	x := p.place(viewSize, viewSize/2, link{})
	p.mosaic(x, pictures)
	p.symbol(x.X, x.Y+viewSize/2+6, "x", "")
	start := pt(p.from, p.y)
	top := p.y + vg.Length(rows-1)*tileRow/2
	bar := box(start.X+tilesRoom-barWidth, 2*p.y-top-tileNode/2, barWidth, 2*(top-p.y)+tileNode)
	for r := range rows {
		y, k := top-vg.Length(r)*tileRow, r
		if r == rows-1 {
			k = len(pictures) - 1
		}
		tile := around(pt(start.X+tileFan+tileSize/2, y), tileSize, tileSize)
		arrow(p, faint, lineThin, start, pt(start.X+tileFan/3, p.y), pt(start.X+tileFan/3, y), pt(tile.Min.X, y))
		p.tile(tile, pictures[k])
		above := backbone
		backbone = around(pt(tile.Max.X+tileArrow+nodeWidth/2, y), nodeWidth, tileNode)
		arrow(p, ColorLoss, lineThin, pt(tile.Max.X, y), pt(backbone.Min.X, y))
		p.node(backbone, ColorLoss, wordBackbone, "")
		arrow(p, ColorLoss, lineThin, pt(backbone.Max.X, y), pt(bar.Min.X, y))
		p.symbol((backbone.Max.X+bar.Min.X)/2-2, y+7, "h", strconv.Itoa(k+1))
		if r > 0 {
			p.shared(above, backbone, tile, r == rows-1 && len(pictures) > rows)
		}
	}
	p.bar(bar, len(pictures))
	p.over(pt(middle(bar).X, bar.Max.Y), []string{wordConcatenate})
	p.x, p.from, p.arrow = bar.Max.X+next.room, bar.Max.X, next
	return backbone
}

// shared joins two backbones of the same weights; dots over the lower one's tile stand for tiles in between.
func (p *pipeline) shared(above, below, tile vg.Rectangle, between bool) {
	x, y := middle(below).X, (above.Min.Y+below.Max.Y)/2
	stroke(p, segment(x, above.Min.Y, x, below.Max.Y), faint, lineThin, 1.5, 2.5)
	if !between {
		p.onLine(pt(x, y), wordShared)
		return
	}
	at := middle(tile).X
	dots(p.Canvas, []vg.Point{pt(at, y-6), pt(at, y), pt(at, y+6)}, faint, 1.2)
}

// mosaic draws tiles row by row, with gaps, in the place of a view.
func (p *pipeline) mosaic(at vg.Point, tiles []Picture) {
	const gap = 2
	side := int(math.Ceil(math.Sqrt(float64(len(tiles)))))
	size := (viewSize - vg.Length(side-1)*gap) / vg.Length(side)
	for i, t := range tiles {
		p.tile(box(at.X-viewSize/2+vg.Length(i%side)*(size+gap), at.Y+viewSize/2-size-vg.Length(i/side)*(size+gap), size, size), t)
	}
}

// tile draws a picture, or a grey square.
func (p *pipeline) tile(place vg.Rectangle, t Picture) {
	if img := t.image(); img != nil {
		p.DrawImage(place, img)
	} else {
		fill(p, rounded(place, 0), rgb(0xEFEFEF))
	}
	stroke(p, rounded(place, 1), grid, lineGrid)
}

// bar draws representations one after the other.
func (p *pipeline) bar(place vg.Rectangle, parts int) {
	fill(p, rounded(place, 2), tint(ColorLoss, 0.12))
	for i := 1; i < parts; i++ {
		y := place.Min.Y + place.Size().Y*vg.Length(i)/vg.Length(parts)
		stroke(p, segment(place.Min.X, y, place.Max.X, y), ColorLoss, lineGrid)
	}
	stroke(p, rounded(place, 2), ColorLoss, lineThin)
}
