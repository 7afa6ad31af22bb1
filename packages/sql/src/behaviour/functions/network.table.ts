/** Network addresses, geometry, log positions and snapshots. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const NETWORK: readonly FunctionGroup[] = [
  {
    why: 'Network addresses: every value has a result.',
    rows: [
      '598 abbrev(inet)', '599 abbrev(cidr)', '683 network(inet)', '696 netmask(inet)', '697 masklen(inet)', '698 broadcast(inet)', '699 host(inet)',
      '711 family(inet)', '730 text(inet)', '753 trunc(macaddr)', '927 network_sub(inet, inet)', '928 network_subeq(inet, inet)',
      '929 network_sup(inet, inet)', '930 network_supeq(inet, inet)', '1362 hostmask(inet)', '1715 cidr(inet)', '2627 inetnot(inet)',
      '3144 macaddr_not(macaddr)', '3145 macaddr_and(macaddr, macaddr)', '3146 macaddr_or(macaddr, macaddr)', '3551 network_overlap(inet, inet)',
      '4071 inet_same_family(inet, inet)', '4112 trunc(macaddr8)', '4120 macaddr8_not(macaddr8)', '4121 macaddr8_and(macaddr8, macaddr8)',
      '4122 macaddr8_or(macaddr8, macaddr8)', '4125 macaddr8_set7bit(macaddr8)',
    ],
  },
  {
    why: 'Network addresses of unequal family, a mask or an offset out of range, eight bytes that hold no six.',
    rows: [
      '605 set_masklen(inet!, int4!)', '635 set_masklen(cidr!, int4!)', '2628 inetand(inet!, inet!)', '2629 inetor(inet!, inet!)',
      '2630 inetpl(inet!, int8!)', '2631 int8pl_inet(int8!, inet!)', '2632 inetmi_int8(inet!, int8!)', '2633 inetmi(inet!, inet!)',
      '4063 inet_merge(inet!, inet!)', '4124 macaddr(macaddr8!)',
    ],
  },
  {
    why: 'The two ends of this session\'s connection and its own names. The peer is Doorward itself.',
    rows: [
      '2196 inet_client_addr()', '2197 inet_client_port()', '2198 inet_server_addr()', '2199 inet_server_port()',
    ],
  },
  {
    why: 'Geometry by coordinates alone: compared with a tolerance, nothing is computed that could overflow.',
    rows: [
      '115 box_above_eq(box, box)', '116 box_below_eq(box, box)', '125 box_overlap(box, box)', '131 point_above(point, point)',
      '132 point_left(point, point)', '133 point_right(point, point)', '134 point_below(point, point)', '135 point_eq(point, point)',
      '136 on_pb(point, box)', '186 box_same(box, box)', '187 box_contain(box, box)', '188 box_left(box, box)', '189 box_overleft(box, box)',
      '190 box_overright(box, box)', '191 box_right(box, box)', '192 box_contained(box, box)', '193 box_contain_pt(box, point)',
      '341 poly_left(polygon, polygon)', '342 poly_overleft(polygon, polygon)', '343 poly_overright(polygon, polygon)',
      '344 poly_right(polygon, polygon)', '982 path_n_lt(path, path)', '983 path_n_gt(path, path)', '984 path_n_eq(path, path)',
      '985 path_n_le(path, path)', '986 path_n_ge(path, path)', '988 point_ne(point, point)', '989 point_vert(point, point)',
      '990 point_horiz(point, point)', '993 lseg(point, point)', '997 lseg_vertical(lseg)', '998 lseg_horizontal(lseg)',
      '1406 isvertical(point, point)', '1407 ishorizontal(point, point)', '1410 isvertical(lseg)', '1411 ishorizontal(lseg)', '1416 point(circle)',
      '1421 box(point, point)', '1430 isclosed(path)', '1431 isopen(path)', '1432 path_npoints(path)', '1433 pclose(path)', '1434 popen(path)',
      '1435 path_add(path, path)', '1440 point(float8, float8)', '1445 poly_npoints(polygon)', '1446 box(polygon)', '1447 path(polygon)',
      '1448 polygon(box)', '1470 radius(circle)', '1472 circle_center(circle)', '1541 lseg(box)', '1543 center(circle)', '1545 npoints(path)',
      '1556 npoints(polygon)', '2562 box_below(box, box)', '2563 box_overbelow(box, box)', '2564 box_overabove(box, box)', '2565 box_above(box, box)',
      '2566 poly_below(polygon, polygon)', '2567 poly_overbelow(polygon, polygon)', '2568 poly_overabove(polygon, polygon)',
      '2569 poly_above(polygon, polygon)', '4067 bound_box(box, box)', '4091 box(point)',
    ],
  },
  {
    why: 'Marked leakproof by pg_proc, and yet: an area or a length overflows (circles and segments near 10^308).',
    rows: [
      '1462 circle_eq(circle!, circle!)', '1463 circle_ne(circle!, circle!)', '1464 circle_lt(circle!, circle!)', '1465 circle_gt(circle!, circle!)',
      '1466 circle_le(circle!, circle!)', '1467 circle_ge(circle!, circle!)', '1483 lseg_lt(lseg!, lseg!)', '1484 lseg_le(lseg!, lseg!)',
      '1485 lseg_gt(lseg!, lseg!)', '1486 lseg_ge(lseg!, lseg!)',
    ],
  },
  {
    why: 'Geometry that computes distances, areas or crossings: floating point overflow and underflow; open paths have no area.',
    rows: [
      '126 box_ge(box!, box!)', '127 box_gt(box!, box!)', '128 box_eq(box!, box!)', '129 box_lt(box!, box!)', '130 box_le(box!, box!)',
      '137 on_ppath(point!, path!)', '138 box_center(box!)', '225 lseg_center(lseg!)', '227 poly_center(polygon!)', '239 line_distance(line!, line!)',
      '277 inter_sl(lseg!, line!)', '278 inter_lb(line!, box!)', '339 poly_same(polygon!, polygon!)', '340 poly_contain(polygon!, polygon!)',
      '345 poly_contained(polygon!, polygon!)', '346 poly_overlap(polygon!, polygon!)', '357 dist_bp(box!, point!)',
      '361 lseg_distance(lseg!, lseg!)', '362 lseg_interpt(lseg!, lseg!)', '363 dist_ps(point!, lseg!)', '364 dist_pb(point!, box!)',
      '365 dist_sb(lseg!, box!)', '366 close_ps(point!, lseg!)', '367 close_pb(point!, box!)', '368 close_sb(lseg!, box!)',
      '369 on_ps(point!, lseg!)', '370 path_distance(path!, path!)', '371 dist_ppath(point!, path!)', '372 on_sb(lseg!, box!)',
      '373 inter_sb(lseg!, box!)', '380 dist_sp(lseg!, point!)', '381 dist_bs(box!, lseg!)', '421 dist_pathp(path!, point!)',
      '702 dist_lp(line!, point!)', '704 dist_ls(line!, lseg!)', '725 dist_pl(point!, line!)', '727 dist_sl(lseg!, line!)',
      '728 dist_cpoly(circle!, polygon!)', '729 poly_distance(polygon!, polygon!)', '785 dist_polyc(polygon!, circle!)', '959 on_pl(point!, line!)',
      '960 on_sl(lseg!, line!)', '961 close_pl(point!, line!)', '973 path_inter(path!, path!)', '975 area(box!)', '976 width(box!)',
      '977 height(box!)', '978 box_distance(box!, box!)', '979 area(path!)', '980 box_intersect(box!, box!)', '981 diagonal(box!)',
      '987 path_length(path!)', '991 point_distance(point!, point!)', '992 slope(point!, point!)', '994 lseg_intersect(lseg!, lseg!)',
      '995 lseg_parallel(lseg!, lseg!)', '996 lseg_perp(lseg!, lseg!)', '1146 circle_add_pt(circle!, point!)', '1147 circle_sub_pt(circle!, point!)',
      '1148 circle_mul_pt(circle!, point!)', '1149 circle_div_pt(circle!, point!)', '1408 isparallel(lseg!, lseg!)', '1409 isperp(lseg!, lseg!)',
      '1412 isparallel(line!, line!)', '1413 isperp(line!, line!)', '1414 isvertical(line!)', '1415 ishorizontal(line!)',
      '1422 box_add(box!, point!)', '1423 box_sub(box!, point!)', '1424 box_mul(box!, point!)', '1425 box_div(box!, point!)',
      '1426 path_contain_pt(path!, point!)', '1428 poly_contain_pt(polygon!, point!)', '1429 pt_contained_poly(point!, polygon!)',
      '1436 path_add_pt(path!, point!)', '1437 path_sub_pt(path!, point!)', '1438 path_mul_pt(path!, point!)', '1439 path_div_pt(path!, point!)',
      '1441 point_add(point!, point!)', '1442 point_sub(point!, point!)', '1443 point_mul(point!, point!)', '1444 point_div(point!, point!)',
      '1449 polygon(path!)', '1452 circle_same(circle!, circle!)', '1453 circle_contain(circle!, circle!)', '1454 circle_left(circle!, circle!)',
      '1455 circle_overleft(circle!, circle!)', '1456 circle_overright(circle!, circle!)', '1457 circle_right(circle!, circle!)',
      '1458 circle_contained(circle!, circle!)', '1459 circle_overlap(circle!, circle!)', '1460 circle_below(circle!, circle!)',
      '1461 circle_above(circle!, circle!)', '1468 area(circle!)', '1469 diameter(circle!)', '1471 circle_distance(circle!, circle!)',
      '1473 circle(point!, float8!)', '1474 circle(polygon!)', '1475 polygon(int4!, circle!)', '1476 dist_pc(point!, circle!)',
      '1477 circle_contain_pt(circle!, point!)', '1478 pt_contained_circle(point!, circle!)', '1479 circle(box!)', '1480 box(circle!)',
      '1487 lseg_length(lseg!)', '1488 close_ls(line!, lseg!)', '1489 close_lseg(lseg!, lseg!)', '1492 line_eq(line!, line!)',
      '1493 line(point!, point!)', '1494 line_interpt(line!, line!)', '1495 line_intersect(line!, line!)', '1496 line_parallel(line!, line!)',
      '1497 line_perp(line!, line!)', '1498 line_vertical(line!)', '1499 line_horizontal(line!)', '1530 length(lseg!)', '1531 length(path!)',
      '1532 point(lseg!)', '1534 point(box!)', '1540 point(polygon!)', '1542 center(box!)', '1544 polygon(circle!)',
      '2587 circle_overbelow(circle!, circle!)', '2588 circle_overabove(circle!, circle!)', '3275 dist_ppoly(point!, polygon!)',
      '3290 dist_cpoint(circle!, point!)', '3292 dist_polyp(polygon!, point!)',
    ],
  },
  {
    why: 'Log positions and snapshots: every value has a result.',
    rows: [
      '2945 txid_snapshot_xmin(txid_snapshot)', '2946 txid_snapshot_xmax(txid_snapshot)', '2948 txid_visible_in_snapshot(int8, txid_snapshot)',
      '3237 pg_lsn_mi(pg_lsn, pg_lsn)', '5062 pg_snapshot_xmin(pg_snapshot)', '5063 pg_snapshot_xmax(pg_snapshot)',
      '5065 pg_visible_in_snapshot(xid8, pg_snapshot)', '5071 xid(xid8)',
    ],
  },
  {
    why: 'Log positions computed: out of range by the values.',
    rows: [
      '5022 pg_lsn_pli(pg_lsn!, numeric!)', '5023 numeric_pl_pg_lsn(numeric!, pg_lsn!)', '5024 pg_lsn_mii(pg_lsn!, numeric!)',
      '6103 pg_lsn(numeric!)',
    ],
  },
  {
    why: 'One row per transaction of a snapshot.',
    rowsByValue: true,
    rows: [
      '2947 txid_snapshot_xip(txid_snapshot)', '5064 pg_snapshot_xip(pg_snapshot)',
    ],
  },
]
