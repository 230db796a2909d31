export { Edge, trustedAddressesOf, type EdgeProxies, type EdgeSettings, type GatewayEdge, type IngressEdge, type NoEdge } from './edge';
