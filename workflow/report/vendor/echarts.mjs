// What the report uses of ECharts. How the file beside it is made: README.md here.
export { init, format } from "echarts/core";
import { use } from "echarts/core";
import { LineChart, ParallelChart } from "echarts/charts";
import { AriaComponent, GridComponent, ParallelComponent, TooltipComponent, VisualMapContinuousComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([LineChart, ParallelChart, AriaComponent, GridComponent, ParallelComponent, TooltipComponent, VisualMapContinuousComponent, CanvasRenderer]);
