using System.Xml.Linq;
using Resilience.OutageLab.Report;

namespace Resilience.OutageLab.Tests.Report;

public sealed class SvgTests
{
    private static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    [Fact]
    public void Steps_of_equal_height_become_one()
    {
        var svg = new Svg(100, 50, "t");
        svg.Band(10, 2, top: [5, 5, 5, 1], bottom: [20, 20, 20, 20], "red");
        Assert.Equal("M10 20V5H16V20zM16 20V1H18V20z", Paths(svg)[^1]);
    }

    [Fact]
    public void Bands_of_no_height_are_not_drawn()
    {
        var svg = new Svg(100, 50, "t");
        svg.Band(0, 1, top: [3, 3], bottom: [3, 3], "red");
        Assert.Empty(Paths(svg));
    }

    [Fact]
    public void Curve_keeps_corners_and_leaves_out_points_on_a_straight_line()
    {
        var svg = new Svg(100, 50, "t");
        svg.Curve(0, 10, [0, 1, 2, 3, 0], "blue");
        Assert.Equal("M0 0L30 3L40 0", Paths(svg)[^1]);
    }

    [Fact]
    public void Texts_may_hold_anything()
    {
        var svg = new Svg(100, 50, "<&>");
        svg.Text(1, 2, "a < b & c");
        Assert.Equal("a < b & c", Root(svg).Elements(Namespace + "text").Single().Value);
    }

    private static List<string> Paths(Svg svg) => [.. Root(svg).Elements(Namespace + "path").Select(path => path.Attribute("d")?.Value ?? "")];

    private static XElement Root(Svg svg) => XElement.Parse(svg.ToString());
}
