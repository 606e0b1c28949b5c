package report

import (
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Plot is lines over two axes. Both axes begin at zero, so that a line which looks flat is flat,
// except an axis that is logarithmic.
type Plot struct {
	Title string
	// X and Y name the axes, with units.
	X, Y string
	// LogX gives every factor of X the same width; all X must then be above zero.
	LogX bool
	// Ticks, unless empty, are the places on the X axis that have a number.
	Ticks []float64
	Lines []Line
}

// Line is one series of points of a plot.
type Line struct {
	Name   string
	Points []Point
	// Dashed tells lines apart that belong together, such as the two sides of one store: those of one
	// Color have the same colour.
	Dashed bool
	// Color numbers the colours, from 0.
	Color int
}

// Point is what was measured at one place.
type Point struct{ X, Y float64 }

// Write draws the plot as an SVG file. The same points give the same bytes.
func (p Plot) Write(file string) (err error) {
	drawn := plot.New()
	drawn.Title.Text, drawn.X.Label.Text, drawn.Y.Label.Text = p.Title, p.X, p.Y
	drawn.Title.Padding = vg.Points(6)
	drawn.Legend.Top, drawn.Legend.Left = true, true
	drawn.Legend.Padding = vg.Points(2)
	if p.LogX {
		drawn.X.Scale, drawn.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	if len(p.Ticks) > 0 {
		ticks := make(plot.ConstantTicks, len(p.Ticks))
		for i, at := range p.Ticks {
			ticks[i] = plot.Tick{Value: at, Label: Grouped(int(at))}
		}
		drawn.X.Tick.Marker = ticks
	}
	drawn.Add(plotter.NewGrid())
	for _, line := range p.Lines {
		points := make(plotter.XYs, len(line.Points))
		for i, at := range line.Points {
			points[i] = plotter.XY(at)
		}
		stroke, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return fmt.Errorf("plot %s: %w", line.Name, err)
		}
		stroke.Width, stroke.Color = vg.Points(1.5), lineColor(line.Color)
		if line.Dashed {
			stroke.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
		}
		marks.Shape, marks.Color = draw.CircleGlyph{}, lineColor(line.Color)
		drawn.Add(stroke, marks)
		drawn.Legend.Add(line.Name, stroke, marks)
	}
	drawn.Y.Min = 0
	drawn.Y.Max *= 1.3 // the legend stands above the lines
	if !p.LogX {
		drawn.X.Min = 0
	}
	canvas := vgsvg.New(18*vg.Centimeter, 11*vg.Centimeter)
	drawn.Draw(draw.New(canvas))
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("make the plot: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write the plot: %w", closed)
		}
	}()
	if _, err := canvas.WriteTo(f); err != nil {
		return fmt.Errorf("write the plot: %w", err)
	}
	return nil
}

// lineColor returns colours that people with any colour vision tell apart: those of Okabe and Ito
// that are dark enough on white.
func lineColor(i int) color.Color {
	colors := []color.Color{
		color.RGBA{R: 0x00, G: 0x72, B: 0xB2, A: 0xFF}, // blue
		color.RGBA{R: 0xD5, G: 0x5E, B: 0x00, A: 0xFF}, // vermilion
		color.RGBA{R: 0x00, G: 0x9E, B: 0x73, A: 0xFF}, // green
		color.RGBA{R: 0xCC, G: 0x79, B: 0xA7, A: 0xFF}, // purple
		color.RGBA{R: 0x00, G: 0x00, B: 0x00, A: 0xFF}, // black
		color.RGBA{R: 0xE6, G: 0x9F, B: 0x00, A: 0xFF}, // orange
	}
	return colors[i%len(colors)]
}
