package main

import (
	"fmt"
	"slices"
)

// ratio is how two sides compare that took turns.
type ratio struct {
	// Value is the median of the one over that of the other.
	Value float64
	// Low and High bound the middle half of the ratios of neighbouring rounds.
	Low, High float64
	// Of and To are the medians themselves.
	Of, To float64
}

// newRatio compares rounds that were taken in pairs.
func newRatio(of, to []float64) ratio {
	pairs := make([]float64, min(len(of), len(to)))
	for i := range pairs {
		pairs[i] = of[i] / to[i]
	}
	r := ratio{Of: median(of), To: median(to), Low: quantile(pairs, 0.25), High: quantile(pairs, 0.75)}
	r.Value = r.Of / r.To
	return r
}

// percent is the ratio in percent, with its range.
func (r ratio) percent() string {
	return fmt.Sprintf("%.0f %% (%.0f–%.0f)", 100*r.Value, 100*r.Low, 100*r.High)
}

// times is the ratio as a factor, with its range.
func (r ratio) times() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", r.Value, r.Low, r.High) }

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile is the value below which a share of all lies, between two of them where it falls there.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := share * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}
