package figures

import (
	"encoding/gob"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// notebook stands in for the kernel until the test ends: it answers each sync, and passes on what is displayed.
func notebook(t *testing.T) <-chan protocol.DisplayData {
	t.Helper()
	to, from := filepath.Join(t.TempDir(), "to"), filepath.Join(t.TempDir(), "from")
	for _, path := range []string{to, from} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(protocol.GONB_PIPE_ENV, to)
	t.Setenv(protocol.GONB_PIPE_BACK_ENV, from)
	gonbui.IsNotebook = true
	t.Cleanup(func() { gonbui.IsNotebook = false })
	shown := make(chan protocol.DisplayData, 100)
	go func() {
		reader, err := os.Open(to)
		if err != nil {
			return
		}
		writer, err := os.OpenFile(from, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		decoder, encoder := gob.NewDecoder(reader), gob.NewEncoder(writer)
		for {
			var data protocol.DisplayData
			if decoder.Decode(&data) != nil {
				return
			}
			if sync, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
				_ = encoder.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: sync.Value})
				continue
			}
			shown <- data
		}
	}()
	return shown
}

// inTime runs what waits for the notebook; it fails the test if that takes too long.
func inTime(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("the notebook does not answer")
	}
	return nil
}

func next(t *testing.T, shown <-chan protocol.DisplayData) (id, html string) {
	t.Helper()
	_ = inTime(t, func() error {
		data := <-shown
		id, html = data.DisplayID, data.Data[protocol.MIMETextHTML].(string)
		return nil
	})
	return id, html
}

func TestInANotebook(t *testing.T) {
	shown := notebook(t)
	f := samples()["bars"]
	f.Alt, f.Caption = `the "bars"`, "1 < 2"
	if err := inTime(t, func() error { return Show(f) }); err != nil {
		t.Fatal(err)
	}
	id, html := next(t, shown)
	if id != "" || !strings.HasPrefix(html, `<img alt="the &#34;bars&#34;"`) || !strings.Contains(html, `src="data:image/svg+xml;base64,`) || !strings.Contains(html, "1 &lt; 2") {
		t.Errorf("Show displays %.200s (id %q), want an image with alt text and caption", html, id)
	}
	if err := Show(failed("a", "no")); err == nil {
		t.Error("Show of a figure that fails returns no error")
	}

	live, other := NewLive(time.Hour), NewLive(time.Hour)
	for i := range 3 {
		if err := inTime(t, func() error { return live.Update(ProgressBar(i, 3, "<step>"), f) }); err != nil {
			t.Fatal(err)
		}
	}
	if live.Due() || !other.Due() {
		t.Errorf("due: %v just after a drawing, %v before the first", live.Due(), other.Due())
	}
	if err := inTime(t, func() error { return live.Close("the end", f) }); err != nil {
		t.Fatal(err)
	}
	first, html := next(t, shown)
	if first == "" || !strings.Contains(html, `<progress`) || !strings.Contains(html, `value="0" max="3"`) || !strings.Contains(html, "&lt;step&gt;") {
		t.Errorf("the first update shows %.200s (id %q)", html, first)
	}
	if id, html := next(t, shown); id != first || !strings.HasPrefix(html, "the end<img") {
		t.Errorf("after the first update comes %.60q at %q, want the end at %q: updates within the interval are left out", html, id, first)
	}
	under := samples()["reconstructions"]
	if err := inTime(t, func() error { return other.Update("above", f, under) }); err != nil {
		t.Fatal(err)
	}
	id, html = next(t, shown)
	if id == first {
		t.Error("two runs show their figures in one place")
	}
	above, rest, _ := strings.Cut(html, `<img alt="the &#34;bars&#34;" style="display:block;`)
	if above != "above" || strings.Count(rest, `<img alt="`+under.Alt+`" style="display:block;`) != 1 {
		t.Errorf("an update of two figures shows %.200s, want both, each a block of its own", html)
	}
	if err := live.Close("", f, failed("a", "no")); err == nil {
		t.Error("Close with a figure that fails returns no error")
	}
}

func TestOutsideOfANotebook(t *testing.T) {
	was := Folder
	t.Cleanup(func() { Folder = was })
	Folder = filepath.Join(t.TempDir(), "new")
	f := New("tiny", "tiny", 1, 1, samples()["bars-none"].draw)
	if err := Show(f); err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats {
		if _, err := os.Stat(filepath.Join(Folder, "tiny."+format)); err != nil {
			t.Error(err)
		}
	}
	live := NewLive(0)
	if live.Due() || live.Update("", f) != nil || live.Close("", f) != nil {
		t.Error("outside of a notebook a live figure does something")
	}
}
