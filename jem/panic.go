package jem

import (
	"fmt"
	"math"
)

// panicf panics with an error that names the package, as graph code does.
func panicf(format string, args ...any) { panic(fmt.Errorf("jem: "+format, args...)) }

func logOf(n int) float64 { return math.Log(float64(n)) }
