import { config } from 'zod';
import 'virtual:palette.css';
import 'uplot/dist/uPlot.min.css';
import './style/page.css';
import { App } from './app.ts';

// Zod would try whether it may make functions of texts; the page's content policy forbids it, and would report it.
config({ jitless: true });

new App().start();
