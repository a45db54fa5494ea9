/** The page in a browser: reads what it was given, and shows it. */
import { render } from 'preact';
import type { PageDocument } from '#report';
import { Page } from './page.tsx';
import './style.css';

const given = document.getElementById('document') as HTMLElement;
render(<Page given={JSON.parse(given.textContent) as PageDocument} />, document.getElementById('page') as HTMLElement);
