package figures

import (
	"encoding/base64"
	"fmt"
	"html"
	"path/filepath"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Folder is where Show saves a figure outside of a notebook.
var Folder = filepath.Join("runs", "figures")

// Show displays the figure in a notebook; elsewhere it saves it as SVG, PNG and PDF in Folder and prints where. It returns
// an error if the figure cannot be drawn or saved.
func Show(f *Figure) error {
	if !gonbui.IsNotebook {
		if err := f.Save(Folder, f.Name); err != nil {
			return err
		}
		first, _, _ := strings.Cut(f.Alt, ". ")
		fmt.Printf("%s: %s.svg, .png, .pdf\n", first, filepath.Join(Folder, f.Name))
		return nil
	}
	markup, err := f.html()
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(markup)
	gonbui.Sync()
	return nil
}

// maxShown is the most bytes that one figure adds to a notebook.
const maxShown = 150_000

// html returns the figure as an image element. An SVG element would vanish in a notebook that is not trusted, and a PNG
// output flickers when it is replaced: an SVG image does neither.
func (f *Figure) html() (string, error) {
	source, err := f.source()
	if err != nil {
		return "", err
	}
	width, _ := f.Size()
	out := fmt.Sprintf(`<img alt="%s" style="display:block;width:%.0fpx;max-width:100%%" class="jem-figure" src="%s">`, html.EscapeString(f.Alt), 96*width, source) + followTheme
	if f.Caption != "" {
		out += fmt.Sprintf(`<div style="max-width:%.0fpx;color:var(--jp-content-font-color2,#555)">%s</div>`, 96*width, html.EscapeString(Translate(f.Caption)))
	}
	return out, nil
}

// followTheme gives figures the colours of JupyterLab's theme; without it, in a notebook that is not trusted, they have those of the system.
const followTheme = `<style>.jem-figure{color-scheme:light}[data-jp-theme-light="false"] .jem-figure{color-scheme:dark}</style>`

// source returns the figure as a data URL of at most maxShown bytes: an SVG; one whose photographs are JPEGs; or, if all are
// too large, a JPEG of the whole.
func (f *Figure) source() (string, error) {
	for _, encode := range []encoder{encodePNG, encodeJPEG(85), encodeJPEG(60)} {
		svg, err := f.svg(encode)
		if err != nil {
			return "", err
		}
		if url := dataURL("svg+xml", svg); len(url) <= maxShown {
			return url, nil
		}
	}
	var url string
	for _, dpi := range []int{pngDPI, 96, 72, 48} {
		img, err := f.raster(dpi)
		if err != nil {
			return "", err
		}
		b, err := encodeJPEG(75)(img)
		if err != nil {
			return "", err
		}
		if url = dataURL("jpeg", b); len(url) <= maxShown {
			break
		}
	}
	return url, nil
}

func dataURL(kind string, b []byte) string {
	return "data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}

// Live is a place in a notebook's output that shows the newest of a series of figures, or of several under each other.
// Outside of a notebook it does nothing.
type Live struct {
	id       string
	interval time.Duration
	last     time.Time
}

// NewLive returns a new place, which is redrawn at most once in every interval.
func NewLive(interval time.Duration) *Live {
	return &Live{id: "live_" + gonbui.UniqueId(), interval: interval}
}

// Due says whether Update would draw now.
func (l *Live) Due() bool { return gonbui.IsNotebook && time.Since(l.last) >= l.interval }

// Update shows above, a piece of HTML, and under it the figures, if it is due.
func (l *Live) Update(above string, f ...*Figure) error {
	if !l.Due() {
		return nil
	}
	return l.draw(above, f)
}

// Close shows the last state and waits until the notebook has it.
func (l *Live) Close(above string, f ...*Figure) error {
	if !gonbui.IsNotebook {
		return nil
	}
	if err := l.draw(above, f); err != nil {
		return err
	}
	gonbui.Sync()
	return nil
}

func (l *Live) draw(above string, figures []*Figure) error {
	for _, f := range figures {
		markup, err := f.html()
		if err != nil {
			return err
		}
		above += markup
	}
	l.last = time.Now()
	gonbui.UpdateHtml(l.id, above)
	return nil
}

// ProgressBar returns a bar, as HTML, that is full at steps, with a text in the Language beside it.
func ProgressBar(step, steps int, text string) string {
	return fmt.Sprintf(`<div style="display:flex;gap:1em;align-items:center"><progress style="width:240px" value="%d" max="%d"></progress><span>%s</span></div>`,
		step, steps, html.EscapeString(Translate(text)))
}
