package data

import . "github.com/gomlx/gomlx/core/graph"

// Hue turns the colours of x [N, H, W, 3] in [0, 1] by turn [N] of the colour circle (1 is the whole circle), through
// hue, saturation and value; grey images stay as they are. Reference: torchvision's adjust_hue.
func Hue(x, turn *Node) *Node {
	if x.Shape().Dim(3) == 1 {
		return x
	}
	hue, chroma, value := hueChromaValue(x)
	hue = Add(hue, MulScalar(perImage(turn), 6))
	// A channel is value - chroma·clamp(min(k, 4-k), 0, 1) with k = (n + hue) mod 6, n = 5 for red, 3 green, 1 blue.
	out := make([]*Node, 3)
	for i, n := range []float64{5, 3, 1} {
		k := AddScalar(hue, n)
		k = Sub(k, MulScalar(Floor(DivScalar(k, 6)), 6))
		share := ClipScalar(Min(k, AddScalar(Neg(k), 4)), 0, 1)
		out[i] = Sub(value, Mul(chroma, share))
	}
	return Concatenate(out, 3)
}

// hueChromaValue returns, each [N, H, W, 1], the hue of x [N, H, W, 3] in sixths of the colour circle from red, -1 to 5
// and 0 for grey; the greatest channel minus the least; the greatest.
func hueChromaValue(x *Node) (hue, chroma, value *Node) {
	red, green, blue := channel(x, 0), channel(x, 1), channel(x, 2)
	value = Max(red, Max(green, blue))
	chroma = Sub(value, Min(red, Min(green, blue)))
	grey := Equal(chroma, ZerosLike(chroma))
	divisor := Where(grey, OnesLike(chroma), chroma) // the numerators are 0 where it is grey
	hue = Where(Equal(value, red), Div(Sub(green, blue), divisor),
		Where(Equal(value, green), AddScalar(Div(Sub(blue, red), divisor), 2), AddScalar(Div(Sub(red, green), divisor), 4)))
	return hue, chroma, value
}

// channel returns channel c of x [N, H, W, C]: [N, H, W, 1].
func channel(x *Node, c int) *Node { return SliceAxis(x, 3, AxisRange(c, c+1)) }
