package lab

import (
	"io"

	"jemlab/jem/pretrain"
)

func newPanel(c pretrain.Config) view { return &lineView{out: io.Discard} }
