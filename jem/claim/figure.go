package claim

import "slices"

// Figure is the data of a figure. One of Charts, Bars and Rows is set, and says of which kind it is.
type Figure struct {
	Name    string `json:"name"`              // short and fit for a file name
	Alt     string `json:"alt"`               // what it shows, for those who cannot see it
	Caption string `json:"caption,omitempty"` // under it

	Charts []Chart      `json:"charts,omitempty"` // curves, chart beside chart
	Bars   []Bars       `json:"bars,omitempty"`   // horizontal bars, group beside group
	Rows   []PictureRow `json:"rows,omitempty"`   // pictures
}

// Chart is a chart of curves.
type Chart struct {
	Title  string  `json:"title"`   // what is on the y axis
	XLabel string  `json:"x_label"` // what is on the x axis
	LogX   bool    `json:"log_x,omitempty"`
	LogY   bool    `json:"log_y,omitempty"`
	YMin   float64 `json:"y_min,omitempty"` // what a linear axis shows at least; equal to YMax: what the values need
	YMax   float64 `json:"y_max,omitempty"`
	Curves []Curve `json:"curves"`
}

// Curve is Y against X; Low and High, both or neither, bound a band about it, such as the least and the greatest over seeds.
type Curve struct {
	Name    string `json:"name"`
	X       Values `json:"x"`
	Y       Values `json:"y"`
	Low     Values `json:"low,omitempty"`
	High    Values `json:"high,omitempty"`
	Control bool   `json:"control,omitempty"`
}

// curve returns the mean over the seeds with the least and the greatest as its band.
func curve(name string, x []float64, seeds []Values, control bool) Curve {
	c := Curve{Name: name, X: x, Control: control}
	for k := range x {
		var at Values
		for _, v := range seeds {
			at = append(at, v[k])
		}
		c.Y, c.Low, c.High = append(c.Y, mean(at)), append(c.Low, slices.Min(at)), append(c.High, slices.Max(at))
	}
	return c
}

// Bars is a group of bars, drawn from 0: the mean of each measurement with its standard error.
type Bars struct {
	Title string        `json:"title"`
	Bars  []Measurement `json:"bars"`
}

// PictureRow is a row of pictures with a name.
type PictureRow struct {
	Name     string    `json:"name"`
	Pictures []Picture `json:"pictures"`
}

// Picture is an image of bytes, [H, W, C] row-major, C 1 (grey) or 3 (RGB); without Pixels its place is left free.
type Picture struct {
	Height   int    `json:"height"`
	Width    int    `json:"width"`
	Channels int    `json:"channels"`
	Pixels   []byte `json:"pixels"`
	Caption  string `json:"caption,omitempty"`
	Mark     Mark   `json:"mark,omitempty"`
}

// Mark is a frame around a picture.
type Mark string

// The marks.
const (
	Right Mark = "right"
	Wrong Mark = "wrong"
)
