package data

import "math"

var shapeClasses = []string{"disk", "square", "triangle", "cross", "star", "ring"}

// shapeDistance returns the signed distance of the point (u, v) from the outline of a shape inside the unit circle,
// negative inside; v points down. Near the outline it is exact but for corners, elsewhere only its sign matters.
func shapeDistance(shape int, u, v float64) float64 {
	radius := math.Sqrt(u*u + v*v)
	u = math.Abs(u) // every shape is symmetric
	switch shapeClasses[shape] {
	case "disk":
		return radius - 0.85
	case "square":
		return box(u, v, 0.75, 0.75)
	case "triangle":
		return max(v, math.Sqrt(3)/2*u-v/2) - 0.5
	case "cross":
		return min(box(u, v, 0.28, 0.95), box(u, v, 0.95, 0.28))
	case "star":
		return starDistance(u, -v)
	default: // ring
		return math.Abs(radius-0.72) - 0.2
	}
}

// box returns the distance from a rectangle with the given half width and half height.
func box(u, v, width, height float64) float64 { return max(math.Abs(u)-width, math.Abs(v)-height) }

// The tips of the star lie on the unit circle, the corners between them at this radius.
const starWaist = 0.42

// starDistance returns the distance from a five-pointed star with a tip at (0, 1): each of its ten edges is turned or
// mirrored to the one that leaves that tip.
func starDistance(u, v float64) float64 {
	const fifth = 2 * math.Pi / 5
	angle := math.Atan2(u, v) // 0 at the tip
	sin, cos := math.Sincos(math.Abs(angle - fifth*math.Round(angle/fifth)))
	radius := math.Sqrt(u*u + v*v)
	width, height := starWaist*math.Sin(fifth/2), 1-starWaist*math.Cos(fifth/2) // of the edge, from the tip to the corner
	return (width*(radius*cos-1) + height*radius*sin) / math.Hypot(width, height)
}

// The textures repeat after this much of a radius.
const (
	stripePeriod = 0.75 // a stripe and the gap beside it, a pair of checks
	dotPeriod    = 0.6
)

// textureDistance returns the signed distance of (u, v) from the texture's pale parts, negative inside.
func textureDistance(texture int, u, v float64) float64 {
	switch shapeTextures[texture] {
	case "stripes":
		return stripe(u)
	case "checks": // where one stripe is, but not both
		a, b := stripe(u), stripe(v)
		return max(min(a, b), -max(a, b))
	case "dots":
		return math.Hypot(fold(u, dotPeriod), fold(v, dotPeriod)) - 0.3*dotPeriod
	}
	return math.Inf(1)
}

// stripe returns the distance from the stripes around the multiples of stripePeriod, as wide as the gaps.
func stripe(u float64) float64 { return math.Abs(fold(u, stripePeriod)) - stripePeriod/4 }

// fold returns the offset of u from the nearest multiple of period.
func fold(u, period float64) float64 { return u - period*math.Round(u/period) }
