package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"jemlab/figures"
	"jemlab/jem/claim"
)

// Claim measures the lecture's claim of that number at the lab's budget, or reads what the same call measured before, in the folder
// claims beside the runs; progress is told what comes. When ctx ends the next call goes on. Its error says what to do.
func (l *Lab) Claim(ctx context.Context, number int, progress func(string)) (claim.Result, error) {
	c, err := claim.ByNumber(number)
	if err != nil {
		return claim.Result{}, err
	}
	return c.Run(ctx, l.claimSetup(progress))
}

// KeptClaim reads what Claim measured before, if it did.
func (l *Lab) KeptClaim(number int) (r claim.Result, found bool, err error) {
	c, err := claim.ByNumber(number)
	if err != nil {
		return r, false, err
	}
	return c.Kept(l.claimSetup(nil))
}

func (l *Lab) claimSetup(progress func(string)) claim.Setup {
	return claim.Setup{
		Backend: l.Backend, Machine: l.machine(), Data: l.Data, Budget: l.Budget,
		Dir: filepath.Join(l.Runs(), "claims"), Progress: progress,
	}
}

// ShowClaim measures a claim as Claim does, prints the measurements with the verdict, and shows the figures.
func (l *Lab) ShowClaim(number int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := l.Claim(ctx, number, func(s string) { fmt.Fprintln(stdout(), s) })
	if err != nil {
		return err
	}
	fmt.Fprint(stdout(), r)
	for _, f := range ClaimFigures(r) {
		if err := show(f); err != nil {
			return err
		}
	}
	return nil
}

// ClaimFigures draws the figures of a claim's result.
func ClaimFigures(r claim.Result) []*figures.Figure {
	drawn := make([]*figures.Figure, len(r.Figures))
	for i, f := range r.Figures {
		switch {
		case f.Charts != nil:
			drawn[i] = claimCharts(f)
		case f.Bars != nil:
			drawn[i] = claimBars(f)
		default:
			drawn[i] = claimPictures(f)
		}
		drawn[i].Caption = f.Caption
	}
	return drawn
}

func claimCharts(f claim.Figure) *figures.Figure {
	var charts []figures.LineChart
	for _, c := range f.Charts {
		chart := figures.LineChart{Axes: figures.Axes{Title: c.Title, XLabel: c.XLabel, LogX: c.LogX, LogY: c.LogY, YMin: c.YMin, YMax: c.YMax}}
		for _, k := range c.Curves {
			chart.Series = append(chart.Series, figures.Series{Name: k.Name, X: k.X, Y: k.Y, Low: k.Low, High: k.High, Control: k.Control})
		}
		charts = append(charts, chart)
	}
	return figures.LineCharts(f.Name, f.Alt, charts...)
}

func claimBars(f claim.Figure) *figures.Figure {
	var groups []figures.BarGroup
	for _, b := range f.Bars {
		group := figures.BarGroup{Title: b.Title}
		for _, m := range b.Bars {
			group.Bars = append(group.Bars, figures.Bar{Name: m.Name, Value: m.Mean(), Spread: m.StandardError(), Control: m.Control})
		}
		groups = append(groups, group)
	}
	return figures.Bars(f.Name, f.Alt, 0, groups...)
}

func claimPictures(f claim.Figure) *figures.Figure {
	var names []string
	var rows [][]figures.Picture
	for _, r := range f.Rows {
		var row []figures.Picture
		for _, p := range r.Pictures {
			picture := figures.Picture{Height: p.Height, Width: p.Width, Channels: p.Channels, Pixels: p.Pixels, Caption: p.Caption}
			switch p.Mark {
			case claim.Right:
				picture.Frame = figures.ColorPositive
			case claim.Wrong:
				picture.Frame = figures.ColorNegative
			}
			row = append(row, picture)
		}
		names, rows = append(names, r.Name), append(rows, row)
	}
	return figures.Grid(f.Name, f.Alt, names, rows)
}
